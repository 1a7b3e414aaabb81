import { createCipheriv, createDecipheriv, createSecretKey, randomBytes, type KeyObject } from 'node:crypto'

const algorithm = 'aes-256-gcm'
const nonceBytes = 12
const tagBytes = 16

/**
 * Seals a few bytes with a key of 32 bytes, bound to a context such as `draft:<id>` (AES-256-GCM, nonce | ciphertext |
 * tag). One key may seal so 2^32 times at most, since nonces are random.
 */
export function sealBytes(key: Buffer | KeyObject, context: string, bytes: Buffer): Buffer {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv(algorithm, secretOf(key), nonce).setAAD(Buffer.from(context))
  return Buffer.concat([nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()])
}

/** What was sealed with this key and context. Throws an Error where it was not, or was changed since. */
export function openBytes(key: Buffer | KeyObject, context: string, sealed: Buffer): Buffer {
  const tagAt = sealed.length - tagBytes
  if (tagAt < nonceBytes) throw new Error('What was sealed is cut off.')
  const decipher = createDecipheriv(algorithm, secretOf(key), sealed.subarray(0, nonceBytes), {
    authTagLength: tagBytes,
  })
    .setAAD(Buffer.from(context))
    .setAuthTag(sealed.subarray(tagAt))
  return Buffer.concat([decipher.update(sealed.subarray(nonceBytes, tagAt)), decipher.final()])
}

function secretOf(key: Buffer | KeyObject): KeyObject {
  return Buffer.isBuffer(key) ? createSecretKey(key) : key
}
