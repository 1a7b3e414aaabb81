import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openDatabase, type Database } from '#database/database.ts'
import { mailWithAttachment, submit } from '../support/client-mail.ts'
import { startFaultyProxy, type FaultyProxy } from '../support/faulty-proxy.ts'
import { freePort } from '#platform/free-port.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { startTestKuvert } from '../support/kuvert.ts'

let fresh: Awaited<ReturnType<typeof freshDatabase>>
let proxy: FaultyProxy
let db: Database
const errors: Error[] = []
beforeEach(async () => {
  fresh = await freshDatabase()
  const url = new URL(fresh.url)
  proxy = await startFaultyProxy(Number(url.port))
  url.port = String(proxy.port)
  db = openDatabase({ url: url.href, maxConnections: 3, timeoutSeconds: 1 }, error => errors.push(error))
})
afterEach(async () => {
  await db.close()
  await proxy.stop()
  await fresh.drop()
})

const away = { code: 'DATABASE_AWAY' }
/** Ends every connection but the admin's, as an administrator or a failover does. */
const killAll = () =>
  fresh.db.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
  )
const works = async () => (await db.query<{ one: number }>('select 1 as one')).rows[0]!.one === 1

describe('is away, and works again at once, when', () => {
  test('connections are ended from above, idle or in a transaction', async () => {
    await works()
    const before = errors.length
    await killAll()
    // As soon as the end of the idle connection has come.
    await expect.poll(() => errors.length).toBe(before + 1)
    expect(await works()).toBe(true)
    const work = db.transaction(async tx => {
      await killAll()
      await tx.query('select 1')
    })
    await expect(work).rejects.toMatchObject(away)
    expect(await works()).toBe(true)
  })

  test('a statement takes too long', async () => {
    await expect(db.query('select pg_sleep(5)')).rejects.toMatchObject(away)
    await expect(db.transaction(tx => tx.query('select pg_sleep(5)'))).rejects.toMatchObject(away)
    expect(await works()).toBe(true)
  })

  test('the server hangs', async () => {
    await works()
    proxy.hang()
    await expect(works()).rejects.toMatchObject(away)
    await expect(db.transaction(tx => tx.query('select 1'))).rejects.toMatchObject(away)
    proxy.heal()
    expect(await works()).toBe(true)
  }, 30_000)

  test('the server is no longer the one to write to', async () => {
    const name = new URL(fresh.url).pathname.slice(1)
    await fresh.db.query('create table words (word text)')
    await fresh.db.query(`alter database ${name} set default_transaction_read_only = on`)
    const write = (to: Pick<Database, 'query'>) => to.query(`insert into words values ('a')`)
    await expect(write(db)).rejects.toMatchObject(away)
    await expect(db.transaction(write)).rejects.toMatchObject(away)
    await fresh.db.query('set default_transaction_read_only = off')
    await fresh.db.query(`alter database ${name} set default_transaction_read_only = off`)
    // Connections from then would still be to the old one.
    await write(db)
    await db.transaction(write)
  })
})

test('cannot be found is away too; a wrong statement is not', async () => {
  const nowhere = (host: string) =>
    openDatabase({ url: `postgresql://a@${host}/a`, maxConnections: 2, timeoutSeconds: 1 }, () => undefined)
  for (const host of [`127.0.0.1:${await freePort()}`, 'nowhere.invalid:5432']) {
    const lost = nowhere(host)
    await expect(lost.query('select 1')).rejects.toMatchObject(away)
    await lost.close()
  }
  await expect(db.query('selec 1')).rejects.not.toMatchObject(away)
})

describe('listening', () => {
  test('goes on by itself after the line was lost, and what was missed is noticed', async () => {
    let heard = 0
    const listening = await db.listen('news', () => (heard += 1))
    await fresh.db.query('notify news')
    await expect.poll(() => heard).toBe(2)
    await killAll()
    await expect.poll(() => heard).toBe(3)
    await fresh.db.query('notify news')
    await expect.poll(() => heard).toBe(4)
    await listening.close()
    const left = `select 1 from pg_stat_activity where application_name = 'kuvert news'`
    await expect.poll(async () => (await fresh.db.query(left)).rows.length).toBe(0)
  }, 15_000)

  test('neither waits for a server that says nothing, nor does its end', async () => {
    proxy.hang()
    const listening = await db.listen('news', () => undefined)
    await listening.close()
    proxy.heal()
    const hanging = await db.listen('news', () => undefined)
    proxy.hang()
    await hanging.close()
  }, 15_000)
})

test('when the answer to the commit is lost, the mail is to be sent again, and then is the same one', async () => {
  let lose = false
  const url = new URL(fresh.url)
  const upstreamPort = Number(url.port)
  // What commits a message reaches the server; then the line is gone, and no answer comes back.
  const losing = createServer(client => {
    const server = connect(upstreamPort, '127.0.0.1')
    let lost = false
    client.on('data', chunk => {
      lost ||= lose && chunk.includes('write-message\0')
      server.write(chunk)
    })
    server.on('data', chunk => void (lost ? client.destroy() : client.write(chunk)))
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const)
      socket.on('error', () => undefined).on('close', () => other.destroy())
  })
  losing.listen(0, '127.0.0.1')
  await once(losing, 'listening')
  url.port = String((losing.address() as AddressInfo).port)
  const kuvert = await startTestKuvert({ database: { kind: 'postgres', url: url.href, timeoutSeconds: 5 } }, [
    'gateway',
  ])
  lose = true
  expect((await submit(kuvert.smtpPort, mailWithAttachment('[secure open] x'))).code).toBe(451)
  const { rows } = await fresh.db.query<{ key: string }>(
    'select slim_object_key as key from messages where slim_sealed is null union select key from objects',
  )
  expect(rows).toHaveLength(1)
  const keys: string[] = []
  for await (const { key } of kuvert.deps.objects.list()) keys.push(key)
  expect(keys.toSorted()).toEqual(rows.map(row => row.key).toSorted())
  lose = false
  expect((await submit(kuvert.smtpPort, mailWithAttachment('[secure open] x'))).code).toBe(250)
  expect((await fresh.db.query('select 1 from messages join links on message_id = messages.id')).rows).toHaveLength(1)
  await kuvert.close()
  losing.close()
}, 30_000)
