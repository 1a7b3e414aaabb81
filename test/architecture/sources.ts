import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, posix, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A source file: its path from the root with forward slashes, its text, and the files of ours that it imports. */
export interface SourceFile {
  path: string
  text: string
  imports: string[]
}

/** The folder of the checkout. */
export const root = fileURLToPath(new URL('../../', import.meta.url))

/** All sources in a folder of the checkout and below it. */
export async function readSources(folder: string): Promise<SourceFile[]> {
  const names = await readdir(join(root, folder), { recursive: true })
  const sources = names.filter(name => /\.(ts|mjs)$/.test(name)).toSorted()
  return Promise.all(
    sources.map(async name => {
      const path = posix.join(folder, ...name.split(/[\\/]/))
      const text = await readFile(join(root, path), 'utf8')
      return { path, text, imports: importsOf(path, text) }
    }),
  )
}

/** Our own files only; packages and Node's modules are left out. */
function importsOf(path: string, text: string): string[] {
  const named = [...text.matchAll(/(?:from|import)\s*\(?\s*'([#.][^']+)'/g)].map(match => match[1]!)
  return named.map(name => pathOf(path, name))
}

/** The file that `name` means in the imports of the file at `path`; another module by its own name. */
export function pathOf(path: string, name: string): string {
  if (name.startsWith('#')) return `src/${name.slice(1)}`
  return name.startsWith('.') ? relative(root, join(root, dirname(path), name)) : name
}

/** Whether one comes from `from` to `goal` in one step or more. */
export function reaches(
  graph: Map<string, Set<string>>,
  from: string,
  goal: string,
  seen = new Set<string>(),
): boolean {
  for (const next of graph.get(from) ?? []) {
    if (next === goal) return true
    if (seen.has(next)) continue
    seen.add(next)
    if (reaches(graph, next, goal, seen)) return true
  }
  return false
}
