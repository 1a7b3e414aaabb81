import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { newMessageKey, unwrapKey, wrapKey } from '#crypto/message-key.ts'

const old = { id: '2025', key: randomBytes(32) }
const current = { id: '2026', key: randomBytes(32) }

describe('the key of a message', () => {
  it('is a fresh one of 256 bits', () => {
    expect(newMessageKey().length).toBe(32)
    expect(newMessageKey().equals(newMessageKey())).toBe(false)
  })

  it('is wrapped by the first master key and comes back unchanged', () => {
    const key = newMessageKey()
    const wrapped = wrapKey([current, old], 'm1', key)
    expect(wrapped.keyId).toBe('2026')
    expect(wrapped.wrapped.includes(key)).toBe(false)
    expect(unwrapKey([current, old], 'm1', wrapped).equals(key)).toBe(true)
  })

  it('can be opened by an old master key that is kept', () => {
    const key = newMessageKey()
    const wrapped = wrapKey([old], 'm1', key)
    expect(unwrapKey([current, old], 'm1', wrapped).equals(key)).toBe(true)
  })

  it('names the master key that is missing', () => {
    const wrapped = wrapKey([old], 'm1', newMessageKey())
    expect(() => unwrapKey([current], 'm1', wrapped)).toThrow(/"2025"/)
    expect(() => wrapKey([], 'm1', newMessageKey())).toThrow(/no master key/)
  })

  it('does not open for another message, with another key, or when it is changed or cut', () => {
    const wrapped = wrapKey([current], 'm1', newMessageKey())
    expect(() => unwrapKey([current], 'm2', wrapped)).toThrow(/does not open/)
    expect(() => unwrapKey([{ id: '2026', key: old.key }], 'm1', wrapped)).toThrow(/does not open/)
    const changed = Buffer.from(wrapped.wrapped)
    changed[20] = (changed[20] ?? 0) ^ 1
    expect(() => unwrapKey([current], 'm1', { ...wrapped, wrapped: changed })).toThrow(/does not open/)
    const cut = wrapped.wrapped.subarray(0, 20)
    expect(() => unwrapKey([current], 'm1', { ...wrapped, wrapped: cut })).toThrow(/cut off/)
  })
})
