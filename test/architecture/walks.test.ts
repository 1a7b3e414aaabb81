import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { reaches, readSources, root } from './sources.ts'

const sources = await readSources('src')
const graph = new Map(sources.map(({ path, imports }) => [path, new Set(imports)]))
const page = await readFile(join(root, 'docs/architecture.md'), 'utf8')

test.each(['A marked mail', 'A download'])(
  '%s is told file by file, and each file is imported by one above it',
  walk => {
    const list = page.split(`## ${walk}, file by file`)[1]!.split('\n## ')[0]!
    const items = list.split(/^\d+\. /m).slice(1)
    const steps = items.map(item => [...item.matchAll(/`(src\/[\w/-]+\.ts)`/g)].map(([, path]) => path!))
    expect(steps.length).toBeGreaterThan(1)
    expect(steps.length).toBeLessThanOrEqual(12)
    const broken = steps.filter(([path, joining], index) => {
      const above = steps.slice(0, index).map(([one]) => one!)
      if (!graph.has(path!)) return true
      // Where nothing above may import it, the item names the file that joins both.
      const isJoined = joining !== undefined && graph.get(joining)?.has(path!)
      if (isJoined) return !above.some(one => reaches(graph, joining, one))
      return index > 0 && !above.some(one => graph.get(one)!.has(path!))
    })
    expect(broken).toEqual([])
  },
)
