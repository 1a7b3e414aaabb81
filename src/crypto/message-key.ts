import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

/** A key of the admin's, 32 bytes, that wraps the keys of messages. */
export interface MasterKey {
  id: string
  key: Buffer
}

/** A message's key as it is stored. */
export interface WrappedKey {
  /** Of the master key that wrapped it. */
  keyId: string
  wrapped: Buffer
}

const algorithm = 'aes-256-gcm'
const nonceBytes = 12
const tagBytes = 16

/** A fresh random key of 256 bits for one message. */
export function newMessageKey(): Buffer {
  return randomBytes(32)
}

/** Wraps a message's key with the first master key, bound to the message (AES-256-GCM, nonce | ciphertext | tag). */
export function wrapKey(masterKeys: readonly MasterKey[], messageId: string, key: Buffer): WrappedKey {
  const master = masterKeys[0]
  if (!master) throw new Error('There is no master key.')
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv(algorithm, master.key, nonce).setAAD(Buffer.from(messageId))
  const wrapped = Buffer.concat([nonce, cipher.update(key), cipher.final(), cipher.getAuthTag()])
  return { keyId: master.id, wrapped }
}

/** The message's key. Throws where the master key is not among ours, or what was wrapped is not for this message. */
export function unwrapKey(masterKeys: readonly MasterKey[], messageId: string, { keyId, wrapped }: WrappedKey): Buffer {
  const master = masterKeys.find(candidate => candidate.id === keyId)
  if (!master) throw new Error(`The message is sealed with the master key "${keyId}", which is not configured.`)
  const tagAt = wrapped.length - tagBytes
  if (tagAt < nonceBytes) throw new Error('The wrapped key of the message is cut off.')
  const decipher = createDecipheriv(algorithm, master.key, wrapped.subarray(0, nonceBytes), { authTagLength: tagBytes })
    .setAAD(Buffer.from(messageId))
    .setAuthTag(wrapped.subarray(tagAt))
  try {
    return Buffer.concat([decipher.update(wrapped.subarray(nonceBytes, tagAt)), decipher.final()])
  } catch (cause) {
    throw new Error(`The master key "${keyId}" does not open the key of this message.`, { cause })
  }
}
