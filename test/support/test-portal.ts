import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import type { Database } from '#database/database.ts'
import type { Directory } from '#directory/directory.ts'
import { openFileDirectory } from '#directory/file-directory.ts'
import { watchForMissingKeys } from '#observe/missing-keys.ts'
import { openFolderObjects } from '#objects/folder-objects.ts'
import type { Objects } from '#objects/objects.ts'
import { mailFromBuffer } from '#mail/mail-source.ts'
import { storeMail } from '#seal/seal-mail.ts'
import { startPortal } from '#portal/portal.ts'
import { settingsSchema } from '#settings/schema.ts'
import type { PortalDeps } from '#portal/server/portal-deps.ts'
import { freePort } from '#platform/free-port.ts'
import { freshDatabase } from './fresh-database.ts'
import { keepLine } from './kept-log.ts'
import { testKeyring } from './keyring.ts'
import { staff, writePeople } from './people.ts'
import { openBrowser, type Browser } from './browser.ts'
import { insertTestMessage, type TestMessage, type Wanted } from './test-message.ts'

const people = (['anna', 'bertil', 'cecilia'] as const).map(id =>
  staff(id, `${id}@kommun.example`, `${id}.alias@kommun.example`),
)
const mailboxes = [{ address: 'socialtjansten@kommun.example', members: ['bertil'] }]

/** A portal of its own on real parts, with three locals and a shared mailbox. Everybody's password is `<id>-ord`. */
export interface TestPortal {
  origin: string
  db: Database
  databaseUrl: string
  objects: Objects
  deps: PortalDeps
  directory: Directory
  /** Where objects are kept, and the file of people. */
  folder: string
  peopleFile: string
  /** Everything logged, as written. */
  log(): string
  browser(): Browser
  message(wanted: Wanted): Promise<TestMessage>
  close(withinSeconds?: number): Promise<void>
}

interface Overrides {
  portal?: Partial<PortalDeps['settings']['portal']>
  limits?: Partial<PortalDeps['settings']['gateway']['limits']>
  db?: Database
  /** Opens the way to the test's database that the portal takes; the test has one of its own. */
  openDb?: (url: string) => Promise<Database>
  /** The object storage of the test, and the portal's way to it. */
  objects?: { own: Objects; ofPortal: Objects }
  directory?: Directory
}

export async function startTestPortal(overrides: Overrides = {}): Promise<TestPortal> {
  const folder = await mkdtemp(join(tmpdir(), 'kuvert-portal-'))
  const database = await freshDatabase()
  const objects = overrides.objects?.own ?? (await openFolderObjects(join(folder, 'objects')))
  const peopleFile = join(folder, 'people.yaml')
  await writePeople(peopleFile, people, mailboxes)
  const directory = overrides.directory ?? openFileDirectory(peopleFile)
  const masterKeys = [{ id: 'test', key: randomBytes(32) }]
  const linkKeys = [{ id: 'test', key: randomBytes(32) }]
  const lines: string[] = []
  const browsers: Browser[] = []
  const messages: TestMessage[] = []
  const port = await freePort()
  const origin = `http://localhost:${port}`
  const write = (line: string) => {
    keepLine(line)
    lines.push(line)
  }
  const log = pino({ level: 'trace' }, { write })
  const db = overrides.db ?? (await overrides.openDb?.(database.url)) ?? database.db
  const ofPortal = overrides.objects?.ofPortal ?? objects
  const deps: PortalDeps = {
    reserveSlots: null,
    settings: settingsSchema.parse({
      organisation: 'Provkommun',
      gateway: { hostname: 'kuvert.test', limits: { failedLogins: 5, ...overrides.limits } },
      portal: { url: origin, port, downloadsAtOnce: 100, ...overrides.portal },
      courier: { notificationsFrom: 'kuvert@kommun.example' },
    }),
    db,
    objects: ofPortal,
    // Without a thread, so that it stores where the portal does.
    sealThread: {
      seal: async (mail, wishes) => {
        if (!('bytes' in mail)) throw new Error('What the portal writes is in memory.')
        return storeMail(ofPortal, mailFromBuffer(Buffer.from(mail.bytes)), wishes)
      },
    },
    directory,
    masterKeys,
    keyring: testKeyring(linkKeys),
    findMissingKeys: watchForMissingKeys(db, { masterKeys, linkKeys }, log),
    log,
  }
  const portal = await startPortal(deps)
  return {
    origin,
    db: database.db,
    databaseUrl: database.url,
    objects,
    deps,
    directory,
    folder,
    peopleFile,
    log: () => lines.join(''),
    browser: () => {
      const browser = openBrowser(origin)
      browsers.push(browser)
      return browser
    },
    message: async wanted => {
      const message = await insertTestMessage({ ...deps, db: database.db, objects }, wanted)
      messages.push(message)
      return message
    },
    close: async withinSeconds => {
      await portal.close(withinSeconds)
      requireNoSecrets(lines.join(''), messages, browsers)
      await database.drop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Whatever a test does, and however much is logged: what opens something is never in the log. */
function requireNoSecrets(log: string, messages: TestMessage[], browsers: Browser[]): void {
  const tokens = messages.flatMap(message => message.links.map(link => link.token))
  const sessions = browsers.flatMap(browser => [...browser.cookies.values()].filter(value => value.length > 2))
  const secrets = [...tokens, ...sessions, ...people.map(({ password }) => password)]
  const leaked = secrets.filter(secret => log.includes(secret))
  if (leaked.length > 0) throw new Error(`The log of this test holds secrets: ${leaked.join(', ')}`)
}
