import { scryptSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { hashPassword, isPasswordHash, verifyPassword } from '#crypto/password.ts'

describe('a password', () => {
  it('is known by its hash, and no other is', async () => {
    const hash = await hashPassword('hemligt lösenord')
    expect(hash).toMatch(/^\$scrypt\$ln=15,r=8,p=1\$[^$]{22}\$[^$]{43}$/)
    expect(isPasswordHash(hash)).toBe(true)
    expect(await verifyPassword('hemligt lösenord', hash)).toBe(true)
    expect(await verifyPassword('hemligt losenord', hash)).toBe(false)
    expect(await verifyPassword('', hash)).toBe(false)
  })

  it('has another hash each time', async () => {
    expect(await hashPassword('a')).not.toBe(await hashPassword('a'))
  })

  it('is the same however its letters were composed', async () => {
    const hash = await hashPassword('lösenord'.normalize('NFC'))
    expect(await verifyPassword('lösenord'.normalize('NFD'), hash)).toBe(true)
  })

  it('is checked with the parameters that its hash names', async () => {
    const salt = Buffer.from('0123456789abcdef')
    const derived = scryptSync('word', salt, 32, { N: 2 ** 10, r: 4, p: 2 })
    const encode = (bytes: Buffer): string => bytes.toString('base64').replaceAll('=', '')
    const hash = `$scrypt$ln=10,r=4,p=2$${encode(salt)}$${encode(derived)}`
    expect(await verifyPassword('word', hash)).toBe(true)
    expect(await verifyPassword('other', hash)).toBe(false)
  })

  it.each([
    '',
    'hemligt',
    '$scrypt$ln=15,r=8,p=1$c2FsdA$aGFzaA',
    '$scrypt$ln=15,r=8$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY',
    '$scrypt$ln=0,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY',
    '$scrypt$ln=30,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY',
    '$2b$12$abcdefghijklmnopqrstuv',
  ])('is never right for what is no hash: %j', async hash => {
    expect(isPasswordHash(hash)).toBe(false)
    expect(await verifyPassword('hemligt', hash)).toBe(false)
  })
})
