import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { Failure, failures, failureWords, type FailureCode } from '#failure.ts'
import { exampleYaml } from '#settings/example.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const codes = Object.keys(failures) as FailureCode[]
const wordsOf = (code: FailureCode): { en: string; sv?: string; remedy: string } => failureWords[code]
const placesOf = (sentence: string) => [...sentence.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).toSorted()

test('docs/errors.md is what the catalogue says: npm run errors', async () => {
  await expect(errorsPage()).toMatchFileSnapshot(join(root, 'docs/errors.md'))
})

test('a failure must tell what its sentence has a place for', () => {
  // @ts-expect-error -- the limit is missing
  expect(new Failure('MAIL_TOO_BIG', {}).message).toBe('Not accepted: the mail is larger than .')
  // @ts-expect-error -- minutes are a number
  expect(new Failure('LOGIN_THROTTLED', { minutes: 'two' }).message).toContain('two minutes')
  expect(new Failure('MAIL_TOO_BIG', { limit: '1 MB' }).message).toBe('Not accepted: the mail is larger than 1 MB.')
})

test('both languages have the same places', () => {
  const translated = codes.map(wordsOf).filter(({ sv }) => sv !== undefined)
  expect(translated.length).toBeGreaterThan(10)
  expect(translated.map(({ sv }) => placesOf(sv!))).toEqual(translated.map(({ en }) => placesOf(en)))
})

test('each code is used, and what helps names settings that there are', async () => {
  const sources = (await readSources()).filter(({ path }) => !/^(failure\.ts|texts\/)/.test(path))
  expect(codes.filter(code => !sources.some(({ text }) => text.includes(`'${code}'`)))).toEqual([])
  const settings = exampleYaml()
  const named = codes.flatMap(code =>
    [...wordsOf(code).remedy.matchAll(/`([a-z][\w.]*)`/g)].flatMap(([, name]) => name!.split('.')),
  )
  expect(named.length).toBeGreaterThan(20)
  expect(named.filter(name => !new RegExp(`\\b${name}:`).test(settings))).toEqual([])
})

test('no refusal stands outside of the catalogue, but for the grammar of single commands', async () => {
  const gateway = (await readSources()).filter(({ path }) => path.startsWith('gateway/'))
  const reply = /['"`](?:[45]\d\d[ -])?[45]\.\d{1,3}\.\d{1,3} |code: [45]\d\d\b/
  expect(gateway.filter(({ text }) => reply.test(text)).map(({ path }) => path)).toEqual([
    'gateway/commands/command-replies.ts',
  ])
})

/** What an admin and a sender look up: a row for each code. */
function errorsPage(): string {
  const rows = codes.map(code => {
    const { smtp, page, upload }: { smtp?: string; page?: number; upload?: number } = failures[code]
    const { en, sv, remedy } = wordsOf(code)
    const sentence = sv === undefined ? en : `${en}<br>${sv}`
    return ['`' + code + '`', smtp ?? '', page ?? '', upload ?? '', sentence, remedy]
  })
  const table = [['Code', 'SMTP', 'Page', 'Upload', 'Sentence', 'What helps'], Array(6).fill('---'), ...rows]
  return `${introduction}\n${table.map(cells => `| ${cells.join(' | ')} |\n`).join('')}`
}

const introduction = `# Errors

Every refusal that Kuvert tells a mail program, a mail server or a browser. The code stands in the log, and in the
audit. The columns say where it is told: in an SMTP reply, on a page of the portal (by its HTTP status; pages have words
of their own, in both languages), or to a program that uploads a file (tus, by its HTTP status). Over SMTP, 4 means that
trying again later may do, 5 that something must change. A sentence with a Swedish one below it is said in both
languages, that of the organisation first. \`{…}\` is filled in.

Replies that only say how a command of SMTP is written, such as \`503 5.5.1 Begin with MAIL\`, are not in this list.

Written by \`npm run errors\` from \`src/failure.ts\` and \`src/texts\`.
`

async function readSources(): Promise<{ path: string; text: string }[]> {
  const names = await readdir(join(root, 'src'), { recursive: true })
  const sources = names.filter(name => name.endsWith('.ts')).map(name => name.replaceAll('\\', '/'))
  return Promise.all(sources.map(async path => ({ path, text: await readFile(join(root, 'src', path), 'utf8') })))
}
