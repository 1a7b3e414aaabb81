import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'

interface Parameters {
  /** Base-2 logarithm of the cost. */
  ln: number
  r: number
  p: number
}

interface PasswordHash extends Parameters {
  salt: Buffer
  hash: Buffer
}

const chosen: Parameters = { ln: 15, r: 8, p: 1 }
// A hash of an admin's must not be able to take the machine down.
const maxMemoryBytes = 256 * 1024 * 1024

/** Hashes a password with scrypt (RFC 7914): `$scrypt$ln=15,r=8,p=1$salt$hash`, in base64 without padding. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const hash = await derive(password, salt, 32, chosen)
  return `$scrypt$ln=${chosen.ln},r=${chosen.r},p=${chosen.p}$${encode(salt)}$${encode(hash)}`
}

/**
 * Whether the password is the hash's. False for a malformed hash: find those with `isPasswordHash` where the
 * admin can be told. Compares in constant time.
 */
export async function verifyPassword(password: string, hash: string): Promise<boolean> {
  const parsed = parse(hash)
  if (!parsed) return false
  return timingSafeEqual(await derive(password, parsed.salt, parsed.hash.length, parsed), parsed.hash)
}

/** Whether this is a password hash that `verifyPassword` can use. */
export function isPasswordHash(text: string): boolean {
  return parse(text) !== undefined
}

function parse(text: string): PasswordHash | undefined {
  const match = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,3}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{43,86})$/.exec(
    text,
  )
  if (!match) return undefined
  const [ln = 0, r = 0, p = 0] = match.slice(1, 4).map(Number)
  const usable = ln > 0 && r > 0 && p > 0 && memoryBytes({ ln, r, p }) <= maxMemoryBytes
  const salt = Buffer.from(match[4] ?? '', 'base64')
  const hash = Buffer.from(match[5] ?? '', 'base64')
  return usable ? { ln, r, p, salt, hash } : undefined
}

function memoryBytes({ ln, r, p }: Parameters): number {
  return 128 * r * (2 ** ln + p + 2)
}

function derive(password: string, salt: Buffer, bytes: number, parameters: Parameters): Promise<Buffer> {
  const { ln, r, p } = parameters
  // Normalised, because keyboards and clients write the same letter in different ways (RFC 8265 section 4.2.1).
  const secret = password.normalize('NFC')
  return new Promise((resolve, reject) => {
    scrypt(secret, salt, bytes, { N: 2 ** ln, r, p, maxmem: memoryBytes(parameters) + 1024 * 1024 }, (error, hash) =>
      error ? reject(error) : resolve(hash),
    )
  })
}

function encode(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '')
}
