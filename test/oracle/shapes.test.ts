import { afterAll, expect, test } from 'vitest'
import { makeCopies } from '../clients/copies.ts'
import { disagreements } from './compare.ts'
import { shapes } from './mails.ts'
import { hasPython, startPythonReader } from './python-reader.ts'

const python = hasPython() ? startPythonReader() : null
if (!python) console.log('Skipped, because python3 is missing: what its email package finds in each shape of mail')
afterAll(() => python?.close())

/** What the readers see in another way, and why that is right. */
const explained: Record<string, { what: string[]; why: string }> = {
  'a forwarded mail in base64': {
    what: ['compat32: files', 'default: files'],
    why: 'Python never decodes a message/rfc822, whose encoding RFC 2046 section 5.2.1 does not allow; clients that write it mean it.',
  },
  'a digest of mails': {
    what: ['mailparser: files', 'mailparser: texts'],
    why: 'mailparser takes a part without a type for a text also where RFC 2046 section 5.1.5 makes it a mail; Python agrees with us.',
  },
  'an empty file that is quoted-printable': {
    what: ['mailparser: files'],
    why: 'mailparser takes the line end before the boundary for the content; it belongs to the boundary (RFC 2046 section 5.1.1).',
  },
  'base64 in chunks that are padded each': {
    what: ['compat32: files', 'default: files', 'mailparser: files'],
    why: 'Python ends at the first padding, mailparser reads on. Our file is the part as it was encoded.',
  },
  'base64 that is broken': {
    what: ['compat32: files', 'default: files', 'mailparser: files'],
    why: 'The others skip what is no base64. Our file is the part as it was encoded, so that nothing is guessed.',
  },
}

const fromClients = (await makeCopies())
  .filter(({ wanted }) => wanted.lang === 'sv' && wanted.position === 'top' && !wanted.private)
  .map(({ source, original }): [string, Buffer] => [`as ${source.name} sends it`, original])

test.each([...Object.entries(shapes), ...fromClients])(
  'readers of others find the same in what becomes of a mail: %s',
  async (name, bytes) => {
    for (const marked of [{}, { private: true }]) {
      const found = await disagreements(python, bytes, marked)
      const wanted = explained[name]?.what ?? []
      expect(found).toEqual(python ? wanted : wanted.filter(each => each.startsWith('mailparser')))
    }
  },
)
