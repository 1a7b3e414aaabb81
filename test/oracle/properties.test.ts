import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { disagreements } from './compare.ts'
import { anyMail } from './mail-trees.ts'
import { hasPython, startPythonReader } from './python-reader.ts'

const python = hasPython() ? startPythonReader() : null
if (!python) console.log('Skipped, because python3 is missing: what its email package finds in random mails')
afterAll(() => python?.close())

test('readers of others find the same in what becomes of random mails', async () => {
  await fc.assert(
    fc.asyncProperty(anyMail(), fc.boolean(), async (mail, isPrivate) => {
      expect(await disagreements(python, mail, { private: isPrivate }), mail.toString()).toEqual([])
    }),
    { numRuns: 400 },
  )
})
