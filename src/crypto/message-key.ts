import { randomBytes } from 'node:crypto'
import { openBytes, sealBytes } from './seal-bytes.ts'

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

/** A fresh random key of 256 bits for one message. */
export function newMessageKey(): Buffer {
  return randomBytes(32)
}

/**
 * Wraps a message's key with the first master key, bound to the id of the message, or to whose draft it is (AES-256-GCM,
 * nonce | ciphertext | tag).
 */
export function wrapKey(masterKeys: readonly MasterKey[], owner: string, key: Buffer): WrappedKey {
  const master = masterKeys[0]
  if (!master) throw new Error('There is no master key.')
  return { keyId: master.id, wrapped: sealBytes(master.key, owner, key) }
}

/** The message's key. Throws where the master key is not among ours, or what was wrapped is for another owner. */
export function unwrapKey(masterKeys: readonly MasterKey[], owner: string, { keyId, wrapped }: WrappedKey): Buffer {
  const master = masterKeys.find(candidate => candidate.id === keyId)
  if (!master) throw new Error(`The message is sealed with the master key "${keyId}", which is not configured.`)
  try {
    return openBytes(master.key, owner, wrapped)
  } catch (cause) {
    const why = (cause as Error).message
    throw new Error(`The master key "${keyId}" does not open the key of this message: ${why}`, { cause })
  }
}
