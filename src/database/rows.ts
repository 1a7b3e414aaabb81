import type { Keyring } from '#crypto/keyring.ts'
import type { Queryable } from './database.ts'

/** Where rows that decide access are, and what tells whether Kuvert wrote them. */
export interface Rows {
  db: Queryable
  keyring: Keyring
}

/** Bytes as PostgreSQL writes them into JSON: `\\x00ff`. */
export function bytesFromJson(bytes: string): Buffer {
  return Buffer.from(bytes.slice(2), 'hex')
}
