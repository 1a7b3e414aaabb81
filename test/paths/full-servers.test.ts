import { chown } from 'node:fs/promises'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openDatabase, type Database } from '#database/database.ts'
import { isRoot, nobody } from '#database/nobody.ts'
import { openBrowser } from '../support/browser.ts'
import { mailWithAttachment, submit } from '../support/client-mail.ts'
import { startTestKuvert, type TestKuvert } from '../support/kuvert.ts'
import { databaseUrl, startTestPostgres } from '../support/postgres-server.ts'
import { hasServer } from '../support/servers.ts'
import { startSmtpSink, type SmtpSink } from '../support/smtp-sink.ts'
import { mountTinyDisk } from '../support/tiny-disk.ts'
import { startVersitygw, type Versitygw } from '../support/versitygw.ts'

const unmarked = Buffer.from('Subject: hello\r\n\r\nbody\r\n')
let sink: SmtpSink
let kuvert: TestKuvert
let disk: NonNullable<ReturnType<typeof mountTinyDisk>>
beforeEach(async () => void (sink = await startSmtpSink()))
afterEach(async () => {
  disk.unmount()
  await sink.stop()
})

const start = async (overrides: Parameters<typeof startTestKuvert>[0]) => {
  const nextHop = { kind: 'smtp', host: '127.0.0.1', port: sink.port, tls: 'none' } as const
  kuvert = await startTestKuvert({ nextHop, ...overrides })
}
const send = async (mail: Buffer) => (await submit(kuvert.smtpPort, mail)).code

describe.skipIf(!isRoot() || !canMount())(
  'a disk of PostgreSQL that is full (needs root, to mount a small one)',
  () => {
    /** Of its own: a disk that is full ends the checkpoints of all that a server has, and with them what other tests ask of it. */
    let server: Awaited<ReturnType<typeof startTestPostgres>>
    let admin: Database
    const name = `kuvert_full_${randomBytes(4).toString('hex')}`
    beforeEach(async () => {
      disk = mountTinyDisk(40 * 1024)!
      await chown(disk.folder, nobody, nobody)
      server = await startTestPostgres()
      admin = openDatabase({ url: server.url, maxConnections: 1, timeoutSeconds: 30 }, () => undefined)
      await admin.query(`create tablespace ${name} location '${disk.folder}'`)
      await admin.query(`create database ${name} template kuvert_template tablespace ${name}`)
    })
    afterEach(async () => {
      await kuvert.close()
      await admin.query(`drop database ${name} with (force)`)
      await admin.query(`drop tablespace ${name}`)
      await admin.close()
      await server.stop()
    })

    test('marked mail is put off, unmarked mail flows, what is there can be opened, and all goes on with room', async () => {
      const url = databaseUrl(server.url, name)
      await start({ database: { kind: 'postgres', url, timeoutSeconds: 5 } })
      const { db } = kuvert.deps
      expect(await send(mailWithAttachment('[secure open] before'))).toBe(250)
      const [copy] = await sink.waitForMails(1)
      await db.query('create table ballast (bytes bytea)')
      const fill = (bytes: number) =>
        db.query(
          `insert into ballast select decode(string_agg(md5(random()::text), ''), 'hex') from generate_series(1, $1)`,
          [bytes / 16],
        )
      let bytes = 8 * 1024 ** 2
      while (bytes > 4000) {
        const fits = await fill(bytes).then(
          () => true,
          () => false,
        )
        if (!fits) bytes /= 2
      }

      // Rows may find room in pages that there are; a message with this many recipients does not.
      const to = Array.from({ length: 90 }, (_, index) => `<${'x'.repeat(60)}${index}@kommun.example>`)
      const many = mailWithAttachment('[secure open] many')
      const sendMany = async () => (await submit(kuvert.smtpPort, many, { to })).code
      expect(await sendMany()).toBe(451)
      expect(await send(unmarked)).toBe(250)
      const [link = ''] = /\/l\/[\w-]{32}/.exec(copy!.bytes.toString('latin1')) ?? []
      expect((await openBrowser(kuvert.portalUrl).get('/healthz')).status).toBe(200)
      expect((await openBrowser(kuvert.portalUrl).get(link)).status).toBeOneOf([200, 503])

      await db.query('drop table ballast')
      expect(await sendMany()).toBe(250)
      await sink.waitForMails(1 + 1 + to.length)
      expect((await openBrowser(kuvert.portalUrl).get(link)).status).toBe(200)
    }, 90_000)
  },
)

describe.skipIf(!canMount() || !hasServer('versitygw'))(
  'an S3 server that is full (needs root, to mount a small disk)',
  () => {
    let server: Versitygw
    beforeEach(async () => {
      disk = mountTinyDisk(4 * 1024)!
      server = await startVersitygw({ folder: join(disk.folder) })
    })
    afterEach(async () => {
      await kuvert.close()
      await server.stop()
    })

    test('large marked mail is put off and leaves nothing, small marked mail and unmarked mail go through', async () => {
      await start({ objects: server.settings })
      const large = mailWithAttachment('[secure open] large', 'x'.repeat(20 * 1024 ** 2))
      const largeInOnePart = mailWithAttachment('[secure open] large', 'x'.repeat(6 * 1024 ** 2))
      expect(await send(large)).toBe(451)
      expect(await send(largeInOnePart)).toBe(451)
      expect(await Array.fromAsync(kuvert.deps.objects.list())).toEqual([])
      expect(await send(unmarked)).toBe(250)
      expect(await send(mailWithAttachment('[secure open] small'))).toBe(250)
      await sink.waitForMails(2)
    }, 60_000)
  },
)

function canMount(): boolean {
  const tried = mountTinyDisk(64)
  tried?.unmount()
  return tried !== null
}
