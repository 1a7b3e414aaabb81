import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Client } from 'ldapts'
import { activeDirectory } from '#settings/ldap-schema.ts'
import { makeCertificates, type Certificates } from './certificates.ts'
import {
  addEntry,
  administrator,
  adSearcher,
  changeEntry,
  fillDomain,
  lenientPolicy,
  sambaConfiguration,
  type Attributes,
} from './samba-content.ts'
import { findServer } from './servers.ts'
import type { TestMailbox, TestPerson } from './people.ts'
import { baseDn } from './slapd-content.ts'

type ActiveDirectorySettings = ReturnType<typeof activeDirectory.parse>

/** An Active Directory of a test's own: Samba as a domain controller, on a loopback address of its own. */
export interface Samba {
  /** Its ports are 389 and 636, which cannot be chosen. */
  address: string
  /** What an admin would write to reach it over ldaps, with all else as it is by default; what is given replaces. */
  settings(changes?: Partial<ActiveDirectorySettings>): ActiveDirectorySettings
  /** Adds an entry, as an administrator. */
  add(dn: string, attributes: Attributes): Promise<void>
  /** Replaces attributes of an entry, as an administrator. */
  change(dn: string, attributes: Attributes): Promise<void>
  /** Stops it and removes its folder. */
  stop(): Promise<void>
  /** Connections are still accepted by the system, but nothing is answered, until `resume`. */
  pause(): void
  resume(): void
}

const run = promisify(execFile)
const startSeconds = 60
// Debian's: one that was installed beside it would not find Samba's modules.
const python = '/usr/bin/python3'

/** Whether Samba is here and can be started: only root may use its ports. */
export function canStartSamba(): boolean {
  return process.getuid?.() === 0 && findServer('samba') !== undefined
}

/** Provisions and starts a domain example.org with these people and mailboxes; it takes some five seconds. */
export async function startSamba(people: TestPerson[], mailboxes: TestMailbox[] = []): Promise<Samba> {
  const folder = await mkdtemp(join(tmpdir(), 'kuvert-test-samba-'))
  const address = await freeAddress()
  const tls = await makeCertificates(join(folder, 'tls'), [address])
  const configuration = join(folder, 'smb.conf')
  await mkdir(join(folder, 'sysvol'))
  await writeFile(configuration, sambaConfiguration(folder, address, tls))
  const script = fileURLToPath(new URL('samba-provision.py', import.meta.url))
  await run(python, [script, configuration, address, administrator.password])

  const child = spawn(findServer('samba')!, ['-F', '-M', 'single', '-s', configuration, '--debug-stdout'])
  const killAtExit = () => child.kill('SIGKILL')
  process.once('exit', killAtExit)
  const administer = asAdministrator(address, tls)
  await answering(child, administer)
  await administer(client => changeEntry(client, baseDn, lenientPolicy))
  await administer(client => fillDomain(client, people, mailboxes))
  return {
    address,
    settings: changes => ({ ...defaults(address, tls), ...changes }),
    add: (dn, attributes) => administer(client => addEntry(client, dn, attributes)),
    change: (dn, attributes) => administer(client => changeEntry(client, dn, attributes)),
    stop: async () => {
      process.off('exit', killAtExit)
      await end(child)
      await rm(folder, { recursive: true, force: true })
    },
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
  }
}

function defaults(address: string, tls: Certificates): ActiveDirectorySettings {
  return activeDirectory.parse({
    kind: 'activeDirectory',
    urls: [`ldaps://${address}`],
    ca: tls.ca,
    bindDn: adSearcher.dn,
    bindPassword: adSearcher.password,
    peopleBase: baseDn,
  })
}

type Administer = (work: (client: Client) => Promise<void>) => Promise<void>

function asAdministrator(address: string, tls: Certificates): Administer {
  return async work => {
    const client = new Client({
      url: `ldaps://${address}`,
      tlsOptions: { ca: await readFile(tls.ca) },
      timeout: 30_000,
      connectTimeout: 5000,
    })
    try {
      await client.bind(administrator.dn, administrator.password)
      await work(client)
    } finally {
      await client.unbind()
    }
  }
}

async function answering(child: ChildProcess, administer: Administer): Promise<void> {
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-4000)))
  }
  for (const deadline = Date.now() + startSeconds * 1000; ; await pause(50)) {
    const error: unknown = await administer(async () => undefined).catch((reason: unknown) => reason)
    if (error === undefined) return
    if (child.exitCode === null && Date.now() < deadline) continue
    throw new Error(`Samba did not start: ${output}`, { cause: error })
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  child.kill('SIGCONT')
  await exit
}

/**
 * Any address below 127.0.0.0/8 is this machine's. Samba's ports are fixed, so each Samba has an address of its own
 * on which nobody listens.
 */
async function freeAddress(): Promise<string> {
  let problem: unknown
  for (let tries = 0; tries < 20; tries++) {
    const address = ['127', ...Array.from({ length: 3 }, () => randomInt(1, 255))].join('.')
    const server = createServer().listen(389, address)
    try {
      await once(server, 'listening')
      await once(server.close(), 'close')
      return address
    } catch (error) {
      problem = error
    }
  }
  throw new Error('Samba needs port 389 of a loopback address; does another LDAP server listen on all addresses?', {
    cause: problem,
  })
}
