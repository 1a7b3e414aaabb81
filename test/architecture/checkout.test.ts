import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Paths that a file names from where it is: imports, and what is beside it. */
const relativePaths = /(?:\bfrom |\bimport\(|\bnew URL\(|\bimport\.meta\.dirname,\s*|\$0"\)\/)['"`]?(\.\.[^'"`\s]*)/g

/** What a file names that is not in the checkout. */
function outside(path: string, text: string): string[] {
  const named = [...text.matchAll(relativePaths)].map(match => match[1]!)
  return named.filter(name => relative(root, join(root, dirname(path), name)).split(sep)[0] === '..')
}

test('nothing in the tests looks outside of the checkout: a clone needs nothing beside it', async () => {
  const names = await readdir(join(root, 'test'), { recursive: true, withFileTypes: true })
  const tests = names.filter(each => each.isFile()).map(each => relative(root, join(each.parentPath, each.name)))
  const found = await Promise.all(
    ['.ci/run', 'vitest.config.ts', ...tests].map(async path => {
      const text = await readFile(join(root, path), 'latin1')
      return outside(path, text).map(name => `${path}: ${name}`)
    }),
  )
  expect(tests).toContain(join('test', 'architecture', 'checkout.test.ts'))
  expect(found.flat()).toEqual([])
})

test('a path out of the checkout is recognised', () => {
  const up = '../'.repeat(3)
  expect(outside('test/oracle/a.test.ts', `join(import.meta.dirname, '${up}shared/mail')`)).toEqual([
    `${up}shared/mail`,
  ])
  expect(outside('test/oracle/a.test.ts', `new URL('../../src/main.ts', import.meta.url)`)).toEqual([])
  expect(outside('.ci/run', `cd "$(dirname "$0")/${'../'.repeat(2)}"`)).toHaveLength(1)
})
