import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { freePort } from '#platform/free-port.ts'

const systemRange = '/proc/sys/net/ipv4/ip_local_port_range'

test.skipIf(!existsSync(systemRange))('no port is one that the system gives to whoever connects', async () => {
  const [lowest = 0] = readFileSync(systemRange, 'utf8').split('\t').map(Number)
  const ports = await Promise.all(Array.from({ length: 50 }, () => freePort()))
  expect(Math.max(...ports)).toBeLessThan(lowest)
})

test('the port that is wanted is given where it is free, else another', async () => {
  const wanted = await freePort()
  expect(await freePort(wanted)).toBe(wanted)
  const server = createServer().listen(wanted, '127.0.0.1')
  await once(server, 'listening')
  expect(await freePort(wanted)).not.toBe(wanted)
  server.close()
})
