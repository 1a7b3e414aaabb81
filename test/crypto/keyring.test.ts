import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { makeKeyring, type SealedRow } from '#crypto/keyring.ts'

const [one, other] = ['one', 'other'].map(id => ({ id, key: randomBytes(32) }))
const values = ['id', null, ['a'], { b: 1, a: 'å' }, true]

function keyringOf(...keys: { id: string; key: Buffer }[]) {
  const refused: { row: SealedRow; id: string }[] = []
  return { keyring: makeKeyring(keys, each => void refused.push(each)), refused }
}

test('a row is genuine under the key that it names, and nothing else of it may differ', () => {
  const { keyring, refused } = keyringOf(one!, other!)
  const row = { id: 'id', ...keyring.seal('link', values) }
  expect(row.linkKeyId).toBe('one')
  expect(keyring.isGenuine('link', row, values)).toBe(true)
  // PostgreSQL gives fields back in another order.
  expect(keyring.isGenuine('link', row, ['id', null, ['a'], { a: 'å', b: 1 }, true])).toBe(true)
  const wrong: [SealedRow, typeof row, unknown[]][] = [
    ['message', row, values],
    ['link', { ...row, linkKeyId: 'other' }, values],
    ['link', { ...row, mac: Buffer.alloc(0) }, values],
    ['link', { ...row, mac: Buffer.alloc(32) }, values],
    ['link', row, ['id', null, 'a', { b: 1, a: 'å' }, true]],
    ['link', row, ['id', null, ['a'], { b: 1, a: 'a' }, true]],
    ['link', row, values.slice(0, -1)],
  ]
  for (const [kind, sealed, said] of wrong) expect(keyring.isGenuine(kind, sealed, said)).toBe(false)
  expect(refused).toEqual(wrong.map(([row_]) => ({ row: row_, id: 'id' })))
  expect(keyring.refused).toBe(wrong.length)
})

test('half of a surrogate pair is what PostgreSQL makes of it', () => {
  const { keyring } = keyringOf(one!)
  const row = { id: 'id', ...keyring.seal('message', ['a \ud83d b']) }
  expect(keyring.isGenuine('message', row, ['a \ufffd b'])).toBe(true)
})

test('the first key is for what is new, and those behind it for what is there', () => {
  const before = keyringOf(one!).keyring
  const after = keyringOf(other!, one!).keyring
  expect([before.newest, after.newest]).toEqual(['one', 'other'])
  expect(after.isGenuine('link', { id: 'id', ...before.seal('link', values) }, values)).toBe(true)
  expect(after.sessionHashes('s')[1]).toEqual(before.sessionHashes('s')[0])
  expect(after.sessionHashes('s')[0]).not.toEqual(before.sessionHashes('s')[0])
  expect(after.derive('code key', 'one').equals(before.derive('code key'))).toBe(true)
})

test('what names a key that is not there is told apart from a forgery', () => {
  const { keyring, refused } = keyringOf(one!)
  const row = { id: 'id', linkKeyId: 'other', mac: Buffer.alloc(32) }
  expect(() => keyring.isGenuine('link', row, values)).toThrow('The link key "other" is not configured.')
  expect(keyring.has('other')).toBe(false)
  expect(refused).toEqual([])
  expect(() => makeKeyring([], () => undefined)).toThrow('no link key')
})

test('each purpose has a key of its own, the same on every node', () => {
  const [here, there] = [keyringOf(one!).keyring, keyringOf(one!).keyring]
  const purposes = ['row key', 'session key', 'notice key', 'code key', 'fingerprint key'] as const
  const keys = purposes.map(purpose => here.derive(purpose).export().toString('hex'))
  expect(new Set(keys).size).toBe(purposes.length)
  expect(purposes.map(purpose => there.derive(purpose).export().toString('hex'))).toEqual(keys)
})
