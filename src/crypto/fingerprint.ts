import { createCipheriv, type KeyObject } from 'node:crypto'

/** What is the same for the same bytes, however they were cut, and for no others that one could find without the key. */
export interface Fingerprint {
  add(bytes: Buffer): void
  /** 128 bits, lower-case hex. */
  end(): string
}

/**
 * A message authentication code, GMAC (NIST SP 800-38D), which takes a tenth of the time of a hash. Its nonce is always the same:
 * that is safe for as long as nobody who may choose the bytes sees the result.
 */
export function startFingerprint(key: KeyObject): Fingerprint {
  const cipher = createCipheriv('aes-256-gcm', key, Buffer.alloc(12))
  return {
    add: bytes => void cipher.setAAD(bytes),
    end: () => {
      cipher.final()
      return cipher.getAuthTag().toString('hex')
    },
  }
}
