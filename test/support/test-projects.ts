import { readdir, readFile } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * The kinds of tests, from the quickest to the slowest. `unit` starts no server and no process, so that it runs
 * anywhere; `parts` talk to one real server each; `paths` walk a mail or a download through a whole Kuvert;
 * `browser` does so in Chromium; `crash` kills processes.
 */
export type ProjectName = 'unit' | 'parts' | 'paths' | 'browser' | 'crash'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** These start a server, or find one that this machine has. */
const starters =
  /^test\/support\/(fresh-database|postgres-server|minio|versitygw|slapd|samba|postfix|kuvert|servers|tiny-disk)\.ts$/

/** The test files of each project, as paths from the root. A new test need not be listed: its imports say where it belongs. */
export async function sortTests(): Promise<Record<ProjectName, string[]>> {
  const names = (await readdir(join(root, 'test'), { recursive: true })).filter(name => name.endsWith('.ts'))
  const texts = new Map<string, string>()
  for (const name of names) {
    const path = posix.join('test', ...name.split(/[\\/]/))
    texts.set(path, await readFile(join(root, path), 'utf8'))
  }
  const sorted: Record<ProjectName, string[]> = { unit: [], parts: [], paths: [], browser: [], crash: [] }
  for (const path of [...texts.keys()].filter(name => name.endsWith('.test.ts')).toSorted())
    sorted[projectOf(path, texts)].push(path)
  return sorted
}

function projectOf(path: string, texts: Map<string, string>): ProjectName {
  const reached = [...reach(path, texts, new Set())]
  if (reached.includes('test/support/chromium.ts')) return 'browser'
  const starts = reached.some(file => starters.test(file) || texts.get(file)!.includes("'node:child_process'"))
  if (!starts) return 'unit'
  if (path.startsWith('test/crash/')) return 'crash'
  return path.startsWith('test/paths/') ? 'paths' : 'parts'
}

/** The file and all test files that it imports, directly or through others. */
function reach(path: string, texts: Map<string, string>, seen: Set<string>): Set<string> {
  seen.add(path)
  for (const [, name] of (texts.get(path) ?? '').matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)) {
    const imported = posix.join(posix.dirname(path), name!)
    if (texts.has(imported) && !seen.has(imported)) reach(imported, texts, seen)
  }
  return seen
}
