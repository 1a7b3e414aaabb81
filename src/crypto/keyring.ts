import { createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto'

/** A key of the admin's, 32 bytes, that tokens and the authenticity of rows are made with. */
export interface LinkKey {
  id: string
  key: Buffer
}

/** What a row carries that decides access: which link key, and a message authentication code under it. */
export interface RowSeal {
  linkKeyId: string
  mac: Buffer
}

/** Rows that decide access, or to whom something is mailed. */
export type SealedRow = 'message' | 'link' | 'session' | 'draft' | 'notice'

/** What a key is derived for. */
type Purpose = 'row key' | 'session key' | 'notice key' | 'code key' | 'fingerprint key'

/** The link keys, and all that is made with them. What names a key that is not configured makes it throw an Error. */
export interface Keyring {
  /** The id of the key for what is new. */
  readonly newest: string
  /** How many rows were refused since the process began. */
  readonly refused: number
  has(keyId: string): boolean
  /** A link key itself. */
  linkKey(keyId: string): Buffer
  /** A key of 32 bytes for one purpose; of the newest link key unless another one is named. */
  derive(purpose: Purpose, keyId?: string): KeyObject
  /** Seals what a row says with the newest key, or with the one that is named. */
  seal(kind: SealedRow, values: unknown[], keyId?: string): RowSeal
  /** Whether Kuvert wrote what the row says. Where it did not, the row is refused: counted, and told to the admin. */
  isGenuine(kind: SealedRow, row: RowSeal & { id: string }, values: unknown[]): boolean
  /** Counts a row that was found out otherwise, and tells the admin. */
  refuse(kind: SealedRow, id: string): void
  /** What the id of a session is stored as: under the newest key, then under each other one. */
  sessionHashes(sessionId: string): [Buffer, ...Buffer[]]
}

/** `onRefused` is told of each row that Kuvert did not write. Throws an Error without a key. */
export function makeKeyring(
  keys: readonly LinkKey[],
  onRefused: (refused: { row: SealedRow; id: string }) => void,
): Keyring {
  const [newest] = keys
  if (!newest) throw new Error('There is no link key.')
  const derived = new Map<string, KeyObject>()
  let refused = 0
  const linkKey = (keyId: string) => {
    const found = keys.find(({ id }) => id === keyId)
    if (!found) throw new Error(`The link key "${keyId}" is not configured.`)
    return found.key
  }
  const derive = (purpose: Purpose, keyId = newest.id) => {
    // JSON, as for a token, so that neither is ever taken for the other.
    const text = JSON.stringify([purpose])
    const key = derived.get(keyId + text) ?? createSecretKey(hmac(createSecretKey(linkKey(keyId)), text))
    derived.set(keyId + text, key)
    return key
  }
  const macOf = (kind: SealedRow, values: unknown[], keyId: string) =>
    hmac(derive('row key', keyId), JSON.stringify([kind, ...values], asStored))
  const refuse = (row: SealedRow, id: string) => {
    refused += 1
    onRefused({ row, id })
  }
  return {
    newest: newest.id,
    get refused() {
      return refused
    },
    has: keyId => keys.some(({ id }) => id === keyId),
    linkKey,
    derive,
    seal: (kind, values, keyId = newest.id) => ({ linkKeyId: keyId, mac: macOf(kind, values, keyId) }),
    isGenuine: (kind, { id, linkKeyId, mac }, values) => {
      const expected = macOf(kind, values, linkKeyId)
      const isGenuine = mac.length === expected.length && timingSafeEqual(mac, expected)
      if (!isGenuine) refuse(kind, id)
      return isGenuine
    },
    refuse,
    sessionHashes: sessionId => {
      const hash = ({ id }: LinkKey) => hmac(derive('session key', id), sessionId)
      return [hash(newest), ...keys.slice(1).map(hash)]
    },
  }
}

function hmac(key: KeyObject, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

/** As PostgreSQL gives values back: the fields of an object in an order of its own, and no half of a surrogate pair. */
function asStored(_: string, value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed()
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
