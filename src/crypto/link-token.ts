import { createHash, createHmac, createSecretKey, randomBytes } from 'node:crypto'

/** What a link's token is made of. `generation` grows when the old link is to stop working. */
export interface LinkIdentity {
  messageId: string
  linkId: string
  generation: number
}

const tokenBytes = 24

/**
 * The secret token of a link: 192 bits, base64url, 32 characters. The same link key and link give the same
 * token, so that it can be sent again although only its hash is stored.
 */
export function linkToken(linkKey: Buffer, { messageId, linkId, generation }: LinkIdentity): string {
  // JSON, so that no two links are ever written alike.
  const text = JSON.stringify(['link', messageId, linkId, generation])
  return createHmac('sha256', createSecretKey(linkKey))
    .update(text)
    .digest()
    .subarray(0, tokenBytes)
    .toString('base64url')
}

/** What is stored of a token: its SHA-256. */
export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

/** A fresh random token of 256 bits, base64url, for a session or a ticket. */
export function randomToken(): string {
  return randomBytes(32).toString('base64url')
}
