import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from '#platform/free-port.ts'
import { ldap } from '#settings/ldap-schema.ts'
import { makeCertificates } from './certificates.ts'
import type { TestMailbox, TestPerson } from './people.ts'
import { findServer } from './servers.ts'
import { baseDn, searcher, slapdConfiguration, slapdEntries } from './slapd-content.ts'

type SlapdSettings = ReturnType<typeof ldap.parse>

/** An OpenLDAP of a test's own, on loopback. */
export interface Slapd {
  plainPort: number
  securePort: number
  /** Settings that reach it over ldaps; what is given replaces. */
  settings(changes?: Partial<SlapdSettings>): SlapdSettings
  /** Stops it and removes its folder. */
  stop(): Promise<void>
  /** As if the machine lost power: connections are reset or refused. */
  kill(): Promise<void>
  /** Connections are still accepted by the system, but nothing is answered, until `resume`. */
  pause(): void
  resume(): void
}

interface Wanted {
  people: TestPerson[]
  mailboxes?: TestMailbox[]
  /** Names in its certificate; none: it knows no TLS at all. */
  hosts?: string[]
  /** Further lines at the end of slapd.conf, which are about the database. */
  configuration?: string
  /** Further entries, made with `ldifEntry`. */
  entries?: string[]
}

const startSeconds = 20

/** Starts a slapd with these people and mailboxes in it. Its certificate is for localhost and 127.0.0.1. */
export async function startSlapd(wanted: Wanted): Promise<Slapd> {
  const folder = await mkdtemp(join(tmpdir(), 'kuvert-test-slapd-'))
  const program = join(folder, 'slapd')
  // A copy: AppArmor would keep the installed program out of this folder.
  await copyFile(findServer('slapd')!, program)
  await mkdir(join(folder, 'data'))
  const hosts = wanted.hosts ?? ['localhost', '127.0.0.1']
  const tls = hosts.length > 0 ? await makeCertificates(join(folder, 'tls'), hosts) : undefined
  const file = join(folder, 'slapd.conf')
  await writeFile(file, slapdConfiguration(join(folder, 'data'), tls) + (wanted.configuration ?? ''))
  await writeFile(
    join(folder, 'entries.ldif'),
    [slapdEntries(wanted.people, wanted.mailboxes ?? []), ...(wanted.entries ?? [])].join('\n'),
  )
  await finish(spawn(program, ['-Tadd', '-f', file, '-l', join(folder, 'entries.ldif')]))

  const plainPort = await freePort()
  const securePort = await freePort(plainPort + 1)
  const urls = [`ldap://127.0.0.1:${plainPort}`, ...(tls ? [`ldaps://127.0.0.1:${securePort}`] : [])]
  const child = spawn(program, ['-d', '0', '-f', file, '-h', urls.join(' ')])
  const killAtExit = () => child.kill('SIGKILL')
  process.once('exit', killAtExit)
  await listening(child, plainPort)
  const end = async (signal: NodeJS.Signals) => {
    process.off('exit', killAtExit)
    if (child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.kill(signal)
    child.kill('SIGCONT')
    await exit
  }
  return {
    plainPort,
    securePort,
    settings: changes => ({ ...defaults(securePort, tls?.ca), ...changes }),
    stop: async () => {
      await end('SIGTERM')
      await rm(folder, { recursive: true, force: true })
    },
    kill: () => end('SIGKILL'),
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
  }
}

/** Only what an admin has to say: the rest are Kuvert's defaults. */
function defaults(securePort: number, ca: string | undefined): SlapdSettings {
  return ldap.parse({
    kind: 'ldap',
    urls: [`ldaps://localhost:${securePort}`],
    ca,
    bindDn: searcher.dn,
    bindPassword: searcher.password,
    peopleBase: `ou=people,${baseDn}`,
    // How these tests write that somebody is disabled.
    peopleFilter: '(&(objectClass=inetOrgPerson)(!(employeeType=disabled)))',
    groupsBase: `ou=groups,${baseDn}`,
  })
}

async function finish(child: ChildProcess): Promise<void> {
  let output = ''
  child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`slapd could not load the entries: ${output}`)
}

async function listening(child: ChildProcess, port: number): Promise<void> {
  let output = ''
  child.stderr?.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-4000)))
  for (const end = Date.now() + startSeconds * 1000; !(await accepts(port)); await pause(20)) {
    if (child.exitCode !== null || Date.now() > end) throw new Error(`slapd did not start: ${output}`)
  }
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  const connected = await once(socket, 'connect').then(
    () => true,
    () => false,
  )
  socket.destroy()
  return connected
}
