import { readFileSync } from 'node:fs'
import { z } from 'zod'

export const port = z.int().min(0).max(65_535).describe('TCP port.')
/** Timers reach no further than 24 days. */
export const seconds = z
  .number()
  .positive()
  .max(86_400 * 24)
export const path = z.string().min(1)

const units: Record<string, number> = {
  '': 1,
  kb: 1024,
  kib: 1024,
  mb: 1024 ** 2,
  mib: 1024 ** 2,
  gb: 1024 ** 3,
  gib: 1024 ** 3,
}

/** A size: a number of bytes, or `25 MiB`, `2GB`. */
export const bytes = z
  .union([z.int().min(1), z.string()])
  .transform((value, context) => {
    if (typeof value === 'number') return value
    const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(value.trim())
    const unit = units[match?.[2]?.toLowerCase() ?? '?']
    const size = match && unit !== undefined ? Math.floor(Number(match[1]) * unit) : 0
    if (size >= 1 && Number.isSafeInteger(size)) return size
    context.addIssue({ code: 'custom', message: 'expected a size such as 25 MiB or 26214400' })
    return z.NEVER
  })
  .meta({ size: true })

/** A secret: written out, or `{ file: path }`, or `{ env: NAME }`. The parsed value is the secret itself. */
export const secret = z
  .union([z.string().min(1), z.strictObject({ file: path }), z.strictObject({ env: z.string().min(1) })])
  .transform((value, context) => {
    if (typeof value === 'string') return value
    const found = 'env' in value ? process.env[value.env] : readSecretFile(value.file)
    if (found !== undefined && found !== '') return found
    const message =
      'env' in value
        ? `the environment variable ${value.env} is not set, or empty`
        : `the file ${value.file} does not exist, cannot be read or is empty`
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  })
  .meta({ secret: true })

function readSecretFile(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return undefined
  }
}

export const tlsFiles = z.strictObject({
  certificate: path
    .describe('PEM file with the certificate and its chain.')
    .meta({ example: '/etc/kuvert/certificate.pem' }),
  key: path.describe('PEM file with the private key.').meta({ example: '/etc/kuvert/certificate.key' }),
})
