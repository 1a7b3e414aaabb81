import { expect, test } from 'vitest'
import { makeConnectionLimit } from '#gateway/accept/connection-limit.ts'
import { addressKey } from '#platform/address-key.ts'
import { networkTest } from '#platform/networks.ts'

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

test.each([
  ['192.0.2.7', 'address:192.0.2.7'],
  ['::ffff:192.0.2.7', 'address:192.0.2.7'],
  ['192.0.2.7:4711', 'address:192.0.2.7'],
  ['"192.0.2.7:4711"', 'address:192.0.2.7'],
  ['2001:db8::1', 'address:2001:db8::/64'],
  ['2001:db8::ffff:1', 'address:2001:db8::/64'],
  ['2001:db8:0:1::1', 'address:2001:db8:0:1::/64'],
  ['[2001:db8::1]', 'address:2001:db8::/64'],
  ['[2001:db8::1]:4711', 'address:2001:db8::/64'],
  ['fe80::1%eth0', 'address:fe80::/64'],
  ['unknown', 'address:unknown'],
  ['_hidden', 'address:unknown'],
  ['192.0.2.7:', 'address:unknown'],
  ['1', 'address:unknown'],
  ['', 'address:unknown'],
])('a client at "%s" is counted as %s', (address, key) => {
  expect(addressKey(address)).toBe(key)
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
