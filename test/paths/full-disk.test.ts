import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { listMails } from '#demo/outbox.ts'
import { mailWithAttachment, submit } from '../support/client-mail.ts'
import { startTestKuvert } from '../support/kuvert.ts'
import { mountTinyDisk } from '../support/tiny-disk.ts'

const disk = mountTinyDisk(256)
afterAll(() => disk?.unmount())

const big = mailWithAttachment('[secure open] big', 'x'.repeat(4 * 1024 ** 2))
const small = mailWithAttachment('[secure open] small')

describe.skipIf(!disk)('a disk without room', () => {
  test.each([
    ['for the scratch folder', 452, 0, (folder: string) => ({ gateway: { scratchFolder: folder } })],
    [
      'for the objects',
      451,
      // The smaller one's file.
      1,
      (folder: string) => ({ objects: { kind: 'folder' as const, path: join(folder, 'objects') } }),
    ],
  ])(
    '%s: a marked mail is to be sent again later, nothing is left of it, and a smaller one goes through',
    async (_, code, objects, overrides) => {
      const kuvert = await startTestKuvert(overrides(disk!.folder))
      try {
        const reply = await submit(kuvert.smtpPort, big)
        expect(reply).toMatchObject({ code, lines: [expect.stringContaining('later')] })
        expect((await kuvert.deps.db.query('select 1 from messages')).rows).toEqual([])
        expect(await listMails(join(kuvert.folder, 'outbox'))).toEqual([])
        expect((await submit(kuvert.smtpPort, small)).code).toBe(250)
        const left = await readdir(disk!.folder, { recursive: true, withFileTypes: true })
        expect(left.filter(entry => entry.isFile())).toHaveLength(objects)
      } finally {
        await kuvert.close()
      }
    },
  )
})
