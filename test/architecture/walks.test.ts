import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readSources, root } from './sources.ts'

interface Step {
  path: string
  /** Whether it is the first file of a list, which a line with a colon at its end announces. */
  isFirst: boolean
}

const sources = await readSources('src')
const page = await readFile(join(root, 'docs/architecture.md'), 'utf8')
const sections = page.split(/^## /m).map(section => section.split('\n'))
const walks = sections.flatMap(([heading = '', ...lines]) =>
  heading.endsWith(', file by file') ? [{ heading, steps: stepsOf(lines) }] : [],
)

test.each(walks)('$heading: at most twelve files, each imported by one above it', ({ steps }) => {
  expect(steps.length).toBeGreaterThan(5)
  expect(steps.length).toBeLessThanOrEqual(12)
  const lost = steps.filter(({ path, isFirst }, index) => {
    const above = new Set(steps.slice(0, index).map(step => step.path))
    const isImported = sources.some(source => above.has(source.path) && source.imports.includes(path))
    return !sources.some(source => source.path === path) || (!isFirst && !isImported)
  })
  expect(lost).toEqual([])
})

test('the page tells of a download, file by file', () => {
  expect(walks.map(({ heading }) => heading)).toContain('A download, file by file')
})

/** The files that a section of the page lists, in order: `1. \`folder/file.ts\` does this.` */
function stepsOf(lines: string[]): Step[] {
  const steps: Step[] = []
  let isFirst = true
  for (const line of lines) {
    const file = /^\d+\. `([^`]+)`/.exec(line)?.[1]
    if (file !== undefined) steps.push({ path: `src/${file}`, isFirst })
    if (file !== undefined || line.endsWith(':')) isFirst = file === undefined
  }
  return steps
}
