import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { LinkKey } from '#crypto/keyring.ts'
import type { MasterKey } from '#crypto/message-key.ts'
import type { Settings } from './schema.ts'

/** The keys that everything hangs on. */
export interface Keys {
  /** The first wraps new messages' keys. */
  masterKeys: MasterKey[]
  /** The first makes new links' tokens, and seals new rows. */
  linkKeys: LinkKey[]
}

interface KeyFile {
  master: Settings['keys']['master']
  link: Settings['keys']['link']
}

/**
 * The configured keys; what is not configured is made once and kept in `keys.json` of the data folder. Losing them
 * means losing every message.
 */
export async function openKeys(settings: Settings['keys'], dataFolder: string): Promise<Keys> {
  const own =
    settings.master.length === 0 || settings.link.length === 0
      ? await readOrMake(join(dataFolder, 'keys.json'))
      : undefined
  const master = settings.master.length > 0 ? settings.master : own!.master
  const link = settings.link.length > 0 ? settings.link : own!.link
  return { masterKeys: master.map(decode), linkKeys: link.map(decode) }
}

function decode({ id, secret }: { id: string; secret: string }): { id: string; key: Buffer } {
  return { id, key: Buffer.from(secret, 'base64') }
}

async function readOrMake(path: string): Promise<KeyFile> {
  await mkdir(dirname(path), { recursive: true })
  const fresh: KeyFile = {
    master: [{ id: 'own-1', secret: randomBytes(32).toString('base64') }],
    link: [{ id: 'own-1', secret: randomBytes(32).toString('base64') }],
  }
  try {
    // Never over an existing file: two processes that start together end up with the same keys.
    await writeFile(path, `${JSON.stringify(fresh, null, 2)}\n`, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const { master, link } = JSON.parse(await readFile(path, 'utf8')) as Omit<KeyFile, 'link'> & {
    link: KeyFile['link'] | string
  }
  // There was once one key without a name.
  return { master, link: typeof link === 'string' ? [{ id: 'own-1', secret: link }] : link }
}
