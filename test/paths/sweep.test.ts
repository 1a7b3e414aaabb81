import { Readable } from 'node:stream'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { waitForMails } from '#demo/outbox.ts'
import { openS3Client, type S3Settings } from '#objects/s3-client.ts'
import { runUpkeep } from '#upkeep/upkeep.ts'
import { openBrowser } from '../support/browser.ts'
import { mailWithAttachment, submit } from '../support/client-mail.ts'
import { startTestKuvert, type TestKuvert } from '../support/kuvert.ts'
import { startMinio } from '../support/minio.ts'
import { hasServer } from '../support/servers.ts'
import { startVersitygw } from '../support/versitygw.ts'

// An S3 server says itself when an object was written, and nobody can set that back: the clock of upkeep goes on instead.

const hour = 3_600_000
const servers = [
  ['minio', startMinio],
  ['versitygw', startVersitygw],
] as const

describe.each(servers)('a sweep of a bucket of %s', (name, startServer) => {
  if (!hasServer(name)) return test.skip('needs it')
  let server: { settings: S3Settings; stop(): Promise<void> }
  let kuvert: TestKuvert
  beforeAll(async () => {
    server = await startServer()
    kuvert = await startTestKuvert({ objects: { ...server.settings, prefix: 'kuvert/' } }, [
      'gateway',
      'courier',
      'portal',
    ])
  })
  afterAll(async () => {
    await kuvert.close()
    await server.stop()
  })

  const upkeepAfter = (hours: number) => runUpkeep(kuvert.deps, new Date(Date.now() + hours * hour))
  const keys = async () => (await Array.fromAsync(kuvert.deps.objects.list())).map(({ key }) => key).toSorted()
  const orphan = async (key: string) => {
    await kuvert.deps.objects.put(key, 3, Readable.from([Buffer.from('abc')]))
    return key
  }

  test('removes what nothing points to once it is old, and nothing else', async () => {
    const long = 'A line of a long text.\r\n'.repeat(2000)
    for (const subject of ['short', 'long'])
      await submit(
        kuvert.smtpPort,
        mailWithAttachment(`[secure open] ${subject}`, subject, subject === 'long' ? long : ''),
      )
    const needed = await keys()
    // A file each, and the slim mail that is too large for its row.
    expect(needed).toHaveLength(3)
    const orphans = [await orphan('orphan1'), await orphan('deep/orphan2')]
    const client = openS3Client(server.settings)
    await client.putObject(server.settings.bucket, 'elsewhere/orphan3', Buffer.from('not ours'))

    await upkeepAfter(0)
    expect(await keys()).toEqual([...needed, ...orphans].toSorted())
    await upkeepAfter(25)
    expect(await keys()).toEqual(needed)
    // What is not below our prefix is somebody else's.
    expect(await client.statObject(server.settings.bucket, 'elsewhere/orphan3')).toMatchObject({ size: 8 })

    const copies = await waitForMails(join(kuvert.folder, 'outbox'), new Set(), 2)
    const browser = openBrowser(kuvert.portalUrl)
    for (const { link } of copies) expect((await browser.download(new URL(link!).pathname)).status).toBe(200)
  })

  test('removes the objects of a message that has ended, if their removal was missed', async () => {
    await submit(kuvert.smtpPort, mailWithAttachment('[secure open] ends', 'ends'))
    const before = await keys()
    await kuvert.deps.db.query(
      `update messages set ended_at = now(), wrapped_key = null, objects_removed_at = now() where subject = 'ends'`,
    )
    await upkeepAfter(50)
    expect(await keys()).toHaveLength(before.length - 1)
  })
})
