import { UsageError } from './parse-command-line.ts'
import { SchemaError } from '#database/migrate.ts'
import { isFailure } from '#failure.ts'
import { SettingsError } from '#settings/mistake.ts'
import { StartError } from '#platform/start-error.ts'

/**
 * What an admin is told of an error that ended a command: a sentence about something that they can change. Undefined for
 * any other error, which is ours to find: it is to be shown with its stack.
 */
export function explainError(error: unknown): string | undefined {
  if ([UsageError, SettingsError, SchemaError, StartError].some(kind => error instanceof kind)) {
    return (error as Error).message
  }
  if (isFailure(error, 'DATABASE_AWAY')) return `The database cannot be used: ${reasonOf(error.cause)}.`
  if (isFailure(error, 'OBJECTS_AWAY')) return `The object storage cannot be used: ${reasonOf(error.cause)}.`
  if (!(error instanceof Error)) return undefined
  const {
    code = '',
    syscall,
    path,
    address,
    port,
  } = error as NodeJS.ErrnoException & { address?: string; port?: number }
  if (databaseRefusals.test(code)) return `The database refuses: ${error.message}.`
  if (code === missingTable) return 'The database has no tables of Kuvert yet: run "kuvert migrate".'
  if (syscall === 'listen' || syscall === 'bind') return explainListening(code, address, port)
  if (path !== undefined && /^E[A-Z]+$/.test(code)) return `The user that runs Kuvert cannot use ${path} (${code}).`
  return undefined
}

/** SQLSTATEs: a wrong login, a database that does not exist, and a right that is missing. */
const databaseRefusals = /^(28\w{3}|3D000|42501)$/
const missingTable = '42P01'

function explainListening(code: string, address: string | undefined, port: number | undefined): string {
  if (code === 'EADDRINUSE') return `Port ${port} of ${address} is in use by another program.`
  if (code === 'EACCES') return `The user that runs Kuvert may not listen on port ${port} of ${address}.`
  return `Kuvert cannot listen on port ${port} of ${address} (${code}).`
}

/** A name with several addresses fails with an error for each, and no text of its own. */
function reasonOf(cause: unknown): string {
  if (cause instanceof AggregateError) return cause.errors.map(reasonOf).join('; ')
  return cause instanceof Error ? cause.message : String(cause)
}
