import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { optionRecords } from '#options/option-records.ts'
import { classifyLines, classifySubject, marked, refusal } from '../../support/arrive.ts'

const page = await readFile(new URL('../../../docs/marking.md', import.meta.url), 'utf8')

interface Block {
  kind: string
  text: string
  lines: string[]
  /** The configuration shown last before it. */
  settings: Record<string, unknown>
}

let shown: Record<string, unknown> = {}
const blocks = [...page.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, kind, text]): Block => {
  if (kind === 'yaml') shown = (parse(text!) as { classify: Record<string, unknown> }).classify
  return { kind: kind!, text: text!, lines: text!.trimEnd().split('\n'), settings: shown }
})
const ofKind = (kind: string) => blocks.filter(block => block.kind === kind)

test('the page has examples of every kind, and no others', () => {
  expect(new Set(blocks.map(({ kind }) => kind))).toEqual(new Set(['marked', 'passes', 'refused', 'yaml']))
})

const single = (kind: string) => ofKind(kind).flatMap(({ lines, settings }) => lines.map(line => ({ line, settings })))

test.each(single('marked'))('$line is marked, and the tag goes', ({ line, settings }) => {
  const { subject } = marked(classifyLines([line], settings))
  expect(subject).not.toMatch(/secure|säker/i)
  expect(subject.includes('Budget')).toBe(line.startsWith('Subject:'))
})

test.each(single('passes'))('$line passes', ({ line, settings }) => {
  expect(classifyLines([line], settings).marked).toBe(false)
})

const pairs = ofKind('refused').flatMap(({ lines, settings }) =>
  lines.flatMap((line, index) => (index % 2 === 0 ? [{ line, sentence: lines[index + 1], settings }] : [])),
)

test.each(pairs)('$line is refused with the sentence on the page', ({ line, sentence, settings }) => {
  expect(refusal(() => classifyLines([line], settings)).message).toBe(sentence)
})

test.each(ofKind('yaml'))('the configuration is valid: $text', ({ settings }) => {
  expect(classifySubject('Hello', settings).marked).toBe(false)
})

describe('tables', () => {
  const options = page.slice(page.indexOf('\n## Options\n')).split(/\n## (?!Options\n)/, 1)[0]!
  const rows = options.split('\n').filter(line => /^\| [^|]*\|.*`/.test(line))
  const defaults = marked(classifySubject('[secure] x')).options

  test('the rows are those of the records', () =>
    expect(rows.length).toBe(Object.values(optionRecords).flatMap(({ docs }) => docs.rows).length))

  test.each(rows)('%s', row => {
    const spellings = [...row.matchAll(/`([^`]+)`/g)].map(([, spelling]) => spelling!)
    const asked = spellings.map(spelling => marked(classifySubject(`[secure, ${spelling}] x`)).options)
    expect(asked).toEqual(spellings.map(() => asked[0]))
    if (row.includes('(default')) expect(asked[0]).toEqual(defaults)
    else expect(asked[0]).not.toEqual(defaults)
  })
})
