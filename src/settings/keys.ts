import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { MasterKey } from '#crypto/message-key.ts'
import type { Settings } from './schema.ts'

/** The keys that everything hangs on. */
export interface Keys {
  /** The first wraps new messages' keys. */
  masterKeys: MasterKey[]
  linkKey: Buffer
}

interface KeyFile {
  master: { id: string; secret: string }[]
  link: string
}

/**
 * The configured keys; what is not configured is made once and kept in `keys.json` of the data folder. Losing them
 * means losing every message.
 */
export async function openKeys(settings: Settings['keys'], dataFolder: string): Promise<Keys> {
  const own =
    settings.master.length === 0 || settings.link === undefined
      ? await readOrMake(join(dataFolder, 'keys.json'))
      : undefined
  const master = settings.master.length > 0 ? settings.master : own!.master
  return {
    masterKeys: master.map(({ id, secret }) => ({ id, key: Buffer.from(secret, 'base64') })),
    linkKey: Buffer.from(settings.link ?? own!.link, 'base64'),
  }
}

async function readOrMake(path: string): Promise<KeyFile> {
  await mkdir(dirname(path), { recursive: true })
  const fresh: KeyFile = {
    master: [{ id: 'own-1', secret: randomBytes(32).toString('base64') }],
    link: randomBytes(32).toString('base64'),
  }
  try {
    // Never over an existing file: two processes that start together end up with the same keys.
    await writeFile(path, `${JSON.stringify(fresh, null, 2)}\n`, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  return JSON.parse(await readFile(path, 'utf8')) as KeyFile
}
