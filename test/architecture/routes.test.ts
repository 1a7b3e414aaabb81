import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

/**
 * The rule: a file is named after the first parts of the URLs that it serves, joined with hyphens and without colons
 * (`/` is `home`), and its one exported `serve…` function says the same words. A URL that is served below a link as
 * well as alone (`/l/:token/login` and `/login`) is named after the latter.
 */
const registration = /\b(?:app|tus)\.(?:get|head|post|put|patch|delete|options|all|route)\b(?:<[^>]*>)?\(\s*([^,\s]+)/g
const link = 'l-token'

const portal = fileURLToPath(new URL('../../src/portal/', import.meta.url))
const names = (await readdir(portal, { recursive: true })).filter(name => name.endsWith('.ts'))
const files = await Promise.all(names.map(async path => ({ path, text: await readFile(join(portal, path), 'utf8') })))
const routes = files
  .map(({ path, text }) => ({
    file: basename(path, '.ts'),
    text,
    urls: [...text.matchAll(registration)].map(([, url]) => url!),
  }))
  .filter(({ urls }) => urls.length > 0)

test('the routes of the portal are found, each with its URL written out', () => {
  const urls = routes.flatMap(each => each.urls)
  expect(urls).toContain("'/l/:token'")
  expect(urls).toContain("'/new/:draft/files/:upload'")
  expect(urls.length).toBeGreaterThan(45)
  expect(urls.filter(url => !/^['`].*['`]$/.test(url))).toEqual([])
})

test('a file that serves routes is named after the first parts of their URLs', () => {
  const odd = routes.flatMap(({ file, urls }) =>
    urls.map(wordsOf).every(words => begins(words, file) || begins(withoutLink(words), file)) &&
    urls.some(url => begins(wordsOf(url), file))
      ? []
      : [{ file, urls }],
  )
  expect(odd).toEqual([])
})

test('what registers the routes of a file is called as the file is', () => {
  const odd = routes.map(({ file, text }) => ({
    file,
    exported: [...text.matchAll(/^export function (serve\w+)/gm)].map(([, name]) => name),
  }))
  const camel = (file: string) => file.replaceAll(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase())
  expect(odd.filter(({ file, exported }) => exported.join() !== `serve${camel(file)}`)).toEqual([])
})

/** `l-token-files-position` of `/l/:token/files/:position`; what `${at}` stands for in front of a URL is left out. */
function wordsOf(url: string): string {
  const parts = url
    .slice(1, -1)
    .replace(/^\$\{\w+\}/, '')
    .replaceAll(/[:*${}]/g, '')
    .split('/')
  return parts.filter(part => part !== '').join('-') || 'home'
}

function withoutLink(words: string): string {
  return begins(words, link) ? words.slice(link.length + 1) : words
}

function begins(words: string, file: string): boolean {
  return words === file || words.startsWith(`${file}-`) || words.startsWith(`${file}.`)
}
