import { join } from 'node:path'
import { rename, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { listMails } from '#demo/outbox.ts'
import { mailWithAttachment, submit } from '../support/client-mail.ts'
import { startTestKuvert, type TestKuvert } from '../support/kuvert.ts'
import { freePort } from '#platform/free-port.ts'
import { startSmtpSink, type SmtpSink } from '../support/smtp-sink.ts'

const unmarked = Buffer.from('Subject: hello\r\n\r\nbody\r\n')
const marked = mailWithAttachment('[secure] hello')

describe('with the database, the object storage and the directory all away', () => {
  let sink: SmtpSink
  let kuvert: TestKuvert
  beforeAll(async () => {
    sink = await startSmtpSink()
    const nowhere = await freePort()
    kuvert = await startTestKuvert(
      {
        nextHop: { kind: 'smtp', host: '127.0.0.1', port: sink.port, tls: 'none' },
        database: { kind: 'postgres', url: `postgresql://kuvert@127.0.0.1:${nowhere}/kuvert`, timeoutSeconds: 1 },
        objects: {
          kind: 's3',
          endpoint: `http://127.0.0.1:${nowhere}`,
          bucket: 'kuvert',
          accessKey: 'a',
          secretKey: 'b',
          timeoutSeconds: 2,
        },
        directory: { kind: 'file', path: '/nonexistent/people.yaml' },
      },
      ['gateway'],
    )
  })
  afterAll(async () => {
    await kuvert.close()
    await sink.stop()
  })

  test('unmarked mail flows', async () => {
    expect((await submit(kuvert.smtpPort, unmarked)).code).toBe(250)
    expect(sink.mails).toHaveLength(1)
  })

  test.each([
    ['which needs the directory', '[secure] x', 454],
    ['which needs only storage and database', '[secure open] x', 451],
  ])('a marked mail %s is to be sent again later, and nothing of it leaves', async (_, subject, code) => {
    const before = sink.mails.length
    const reply = await submit(kuvert.smtpPort, mailWithAttachment(subject))
    expect(reply.code).toBe(code)
    expect(reply.lines[0]).toMatch(/^4\.\d\.\d .*later/)
    expect(sink.mails).toHaveLength(before)
  })
})

describe('with the next hop away', () => {
  test('mail is to be sent again later', async () => {
    const kuvert = await startTestKuvert(
      { nextHop: { kind: 'smtp', host: '127.0.0.1', port: await freePort(), tls: 'none' } },
      ['gateway'],
    )
    try {
      expect(await submit(kuvert.smtpPort, unmarked)).toMatchObject({
        code: 451,
        lines: [expect.stringContaining('try again later')],
      })
    } finally {
      await kuvert.close()
    }
  })
})

describe('when only the database fails at the commit', () => {
  test('the mail is to be sent again later, no copy leaves, and upkeep removes what was stored', async () => {
    const kuvert = await startTestKuvert()
    try {
      const { db, objects, settings, log } = kuvert.deps
      await db.query('alter table deliveries rename to deliveries_away')
      expect((await submit(kuvert.smtpPort, marked)).code).toBe(451)
      await db.query('alter table deliveries_away rename to deliveries')
      expect((await db.query('select 1 from messages')).rows).toEqual([])
      const { runUpkeep } = await import('#upkeep/upkeep.ts')
      const later = new Date(Date.now() + 25 * 3_600_000)
      await runUpkeep({ db, objects, settings, log }, later)
      const left = []
      for await (const entry of objects.list()) left.push(entry)
      expect(left).toEqual([])
      expect((await submit(kuvert.smtpPort, marked)).code).toBe(250)
    } finally {
      await kuvert.close()
    }
  })
})

describe('when the object storage fails', () => {
  test('the mail is to be sent again later, and no row is written', async () => {
    const kuvert = await startTestKuvert()
    try {
      const folder = join(kuvert.folder, 'objects')
      await rename(folder, `${folder}-away`)
      // Not a folder any more: as good as a disk that is gone.
      await writeFile(folder, '')
      const reply = await submit(kuvert.smtpPort, marked)
      expect(reply.code).toBe(451)
      expect((await kuvert.deps.db.query('select 1 from messages')).rows).toEqual([])
      expect(await listMails(join(kuvert.folder, 'outbox'))).toEqual([])
    } finally {
      await kuvert.close()
    }
  })
})
