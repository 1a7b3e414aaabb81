import { createHash, randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { hashToken, linkToken, randomToken } from '#crypto/link-token.ts'

const linkKey = randomBytes(32)
const link = { messageId: 'm1', linkId: 'l1', generation: 1 }

describe('the token of a link', () => {
  it('is 192 bits that can stand in a URL as they are', () => {
    expect(linkToken(linkKey, link)).toMatch(/^[A-Za-z0-9_-]{32}$/)
  })

  it('can be made again', () => {
    expect(linkToken(linkKey, { ...link })).toBe(linkToken(linkKey, link))
  })

  it('is another one for another key, message, link or generation', () => {
    const tokens = [
      linkToken(linkKey, link),
      linkToken(randomBytes(32), link),
      linkToken(linkKey, { ...link, messageId: 'm2' }),
      linkToken(linkKey, { ...link, linkId: 'l2' }),
      linkToken(linkKey, { ...link, generation: 2 }),
      linkToken(linkKey, { messageId: 'm1","l1', linkId: '', generation: 1 }),
    ]
    expect(new Set(tokens).size).toBe(tokens.length)
  })

  it('is stored as its SHA-256', () => {
    expect(hashToken('abc').equals(createHash('sha256').update('abc').digest())).toBe(true)
  })
})

describe('a random token', () => {
  it('is 256 bits, each time others', () => {
    expect(randomToken()).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(randomToken()).not.toBe(randomToken())
  })
})
