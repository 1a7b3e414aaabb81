import { expect, test } from 'vitest'
import { makeConnectionLimit } from '#gateway/receive/connection-limit.ts'
import { countedAs, networkTest } from '#gateway/receive/networks.ts'

test.each([
  ['192.0.2.7', true],
  ['::ffff:192.0.2.7', true],
  ['::FFFF:c000:207', true],
  ['192.0.3.7', false],
  ['2001:db8:25::1', true],
  ['2001:db8:26::1', false],
  ['::ffff:0:192.0.2.7', false],
  ['203.0.113.9', true],
  ['', false],
  ['unknown', false],
])('%s among the networks: %s', (address, inside) => {
  expect(networkTest(['192.0.2.0/24', '2001:db8:25::/48', '203.0.113.9'])(address)).toBe(inside)
})

test('a client is counted under its IPv4 address, or the /64 of its IPv6 address', () => {
  expect(countedAs('::ffff:192.0.2.7')).toBe('192.0.2.7')
  expect(countedAs('2001:db8::1')).toBe('2001:db8:0:0::/64')
  expect(countedAs('2001:db8::ffff:1')).toBe(countedAs('2001:db8::1'))
  expect(countedAs('2001:db8:0:1::1')).not.toBe(countedAs('2001:db8::1'))
})

test('many addresses of one /64 are one client', () => {
  const limit = makeConnectionLimit({ connections: 10, connectionsPerAddress: 2 })
  const first = limit.enter('2001:db8::1', false)
  limit.enter('2001:db8::2', false)
  expect(() => limit.enter('2001:db8::3', false)).toThrow('Too many connections')
  limit.enter('2001:db8:1::3', false)
  first.leave()
  limit.enter('2001:db8::3', false)
})
