import { describe, expect, test } from 'vitest'
import { findHeaderEnd } from '#mail/header-fields.ts'
import { python, readWithPython } from '../support/read-with-python.ts'
import { parse } from '../support/planned.ts'
import { linkUrl, makeCopies, type Copy } from './copies.ts'

const copies = await makeCopies()

/** Images that stand in the text. */
const shown: Record<string, string[]> = { 'outlook-desktop': ['image001.png'], gmail: ['stämpel.png'] }

describe.each(copies)('$name', copy => {
  const source = copy.bytes.toString('latin1')
  const header = source.slice(0, findHeaderEnd(copy.bytes))

  test('is lines of at most 998 bytes that end with CRLF', () => {
    const lines = source.split('\r\n')
    expect(lines.pop()).toBe('')
    for (const line of lines) {
      expect(line).not.toMatch(/[\r\n\0]/)
      expect(line.length).toBeLessThanOrEqual(998)
    }
  })

  test('has a header in ASCII, with one of each field', () => {
    expect(header).toMatch(/^[\x20-\x7e\t\r\n]*$/)
    const names = [...header.matchAll(/^([\w-]+):/gm)].map(match => match[1]!.toLowerCase())
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
    expect(names).toEqual(expect.arrayContaining(['from', 'to', 'date', 'subject', 'message-id', 'mime-version']))
  })

  test('is read by mailparser: the texts as they were, the block, and no file', async () => {
    const [mail, original] = [await parse(copy.bytes), await parse(copy.original)]
    expect(mail.subject).toBe('Underlag')
    expect(mail.from?.text).toBe(original.from?.text)
    expect(mail.messageId).toBe(original.messageId)
    if (copy.planned.copy === 'notice') {
      expect(mail.attachments).toEqual([])
      expect(mail.text).toContain(linkUrl)
      return
    }
    const kept = mail.attachments.filter(({ contentType }) => contentType !== 'text/calendar')
    expect(kept.map(({ filename }) => filename)).toEqual(shown[copy.source.name] ?? [])
    expect(squeezed(withoutBlock(mail.text ?? '', 'text'))).toBe(squeezed(original.text ?? ''))
    expect(squeezed(withoutBlock(mail.html || '', 'html'))).toBe(squeezed(original.html || ''))
  })

  test('says what it must, and names its files only where it is not private', async () => {
    const { text = '', html } = await parse(copy.bytes)
    const words = `${text} ${html || ''}`.replace(/\s+/g, ' ')
    const isPrivate = copy.planned.copy === 'notice'
    for (const sentence of copy.source.says) expect(words.includes(sentence)).toBe(!isPrivate)
    expect(isPrivate).toBe(copy.wanted.private)
    expect(copy.planned.files.map(({ kind }) => kind)).toContain('attachment')
  })
})

test.skipIf(!python)("Python's email package finds no defect in any copy, and the same texts and the block", () => {
  const read = readWithPython(copies.map(({ bytes }) => bytes))
  const originals = readWithPython(copies.map(({ original }) => original))
  for (const [index, copy] of copies.entries()) {
    const [mail, original] = [read[index]!, originals[index]!]
    expect(mail.defects, copy.name).toEqual([])
    // Some clients write encoded words into parameters: those stay as they were.
    expect(original.fieldDefects, copy.name).toEqual(expect.arrayContaining(mail.fieldDefects))
    expect(mail.subject).toBe('Underlag')
    expectTexts(copy, mail.texts, original.texts)
  }
})

type Texts = ReturnType<typeof readWithPython>[number]['texts']

function expectTexts(copy: Copy, texts: Texts, original: Texts): void {
  const blocks = texts.filter(({ text }) => text.includes(linkUrl))
  if (copy.planned.copy === 'notice') {
    expect(blocks.map(({ type }) => type)).toEqual(['text/plain', 'text/html'])
    return
  }
  expect(blocks).toHaveLength(copy.planned.slots.length)
  const kept = texts.map(({ type, text }) => withoutBlock(text, type === 'text/html' ? 'html' : 'text'))
  // A mail without a text has got one.
  if (copy.source.says.length === 0) expect(kept.map(text => text.trim())).toEqual([''])
  else expect(kept, copy.name).toEqual(original.slice(0, kept.length).map(({ text }) => text))
}

/** A text without the link block, if there is one in it. */
function withoutBlock(text: string, kind: 'text' | 'html'): string {
  if (!text.includes(linkUrl)) return text
  if (kind === 'html') {
    const start = text.indexOf('<table role="presentation" lang=')
    const end = text.indexOf('</td></tr></table>', text.indexOf(linkUrl)) + '</td></tr></table>'.length
    return text.slice(0, start) + text.slice(end).replace(/^ *\r?\n/, '')
  }
  const rules = [...text.matchAll(/^(?:- ){25,}-\r?\n?/gm)]
  expect(rules).toHaveLength(2)
  const before = text.slice(0, rules[0]!.index)
  const after = text.slice(rules[1]!.index + rules[1]![0].length)
  expect(before === '' ? after : before.slice(-4)).toMatch(before === '' ? /^\r?\n/ : /(?:^|\n)\r?\n$/)
  return before === '' ? after.replace(/^\r?\n/, '') : before.replace(/\r?\n$/, '') + after
}

function squeezed(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}
