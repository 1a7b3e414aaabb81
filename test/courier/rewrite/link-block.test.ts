import { describe, expect, test } from 'vitest'
import { blockContent } from '#courier/rewrite/block-content.ts'
import type { CopyFacts } from '#courier/rewrite/copy-facts.ts'
import { htmlBlock } from '#courier/rewrite/html-block.ts'
import { textBlock } from '#courier/rewrite/text-block.ts'
import { attachment, copyFacts, url } from '../../support/copy-facts.ts'

function textOf(facts: CopyFacts): string {
  return textBlock(blockContent(facts), 'top', 0).join('\n')
}

function htmlOf(facts: CopyFacts): string {
  return htmlBlock(blockContent(facts), 'top', 0)
}

/** What a reader sees of HTML. */
function seen(html: string): string {
  return html
    .replace(/<[^>]*>/g, '')
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replace(/\s+/g, ' ')
}

test('in Swedish, a link block reads like this', () => {
  expect(textOf(copyFacts({ max: 3 }))).toBe(`- - - - - - - - - - - - - - - - - - - - - - - - - - - - - -
Anna Åkesson har bifogat 2 filer. De ligger inte i mejlet, utan hämtas hos
Exempelkommun på adressen nedan.

- Avtal – förslag.pdf (20,3 MB)
- Budget 2027.xlsx (14 kB)

${url}

Länken är personlig och gäller till och med den 24 december 2026.
Varje fil kan hämtas högst 3 gånger.
Logga in med samma användarnamn och lösenord som till datorn.
Är du osäker på om mejlet är äkta? Fråga Anna Åkesson (anna@example.org)
innan du öppnar länken.
- - - - - - - - - - - - - - - - - - - - - - - - - - - - - -
`)
})

test('in English, a link block reads like this', () => {
  const facts = copyFacts({ lang: 'en', login: 'none', max: 1 }, { files: [attachment('Contract.pdf', 21_286_093)] })
  expect(textOf(facts)).toBe(`- - - - - - - - - - - - - - - - - - - - - - - - - - - - - -
Anna Åkesson has attached a file. It is not in the mail itself, but is
kept by Exempelkommun at the address below.

- Contract.pdf (20.3 MB)

${url}

The link works until the end of 24 December 2026.
The file can be downloaded once.
No login is needed: anybody who has the link can open it.
Not sure that this mail is genuine? Ask Anna Åkesson (anna@example.org)
before you open the link.
- - - - - - - - - - - - - - - - - - - - - - - - - - - - - -
`)
})

test.each([textOf, htmlOf])('each recipient reads how they log in (%#)', write => {
  const outsider = { url, recipient: 'eva@example.com', isLocal: false }
  const told = (facts: CopyFacts) => seen(write(facts))
  expect(told(copyFacts({ login: 'recipients' }))).toContain('samma användarnamn och lösenord som till datorn')
  expect(told(copyFacts({ login: 'recipients' }, { link: outsider }))).toContain('en kod mejlad till eva@example.com')
  expect(told(copyFacts({ login: 'locals' }, { link: outsider }))).toContain('en kod mejlad till eva@example.com')
  expect(told(copyFacts({ login: 'locals' }))).not.toContain('personlig')
  expect(told(copyFacts({ login: 'none' }, { link: outsider }))).toContain('Ingen inloggning behövs')
  expect(told(copyFacts({ login: 'none' }, { link: outsider }))).not.toContain('kod')
})

test.each([textOf, htmlOf])('of 200 files, fifty are named and the others counted (%#)', write => {
  const files = Array.from({ length: 200 }, (_, index) => attachment(`fil-${index + 1}.pdf`))
  const told = seen(write(copyFacts({}, { files })))
  expect(told).toContain('har bifogat 200 filer')
  expect(told).toContain('fil-50.pdf')
  expect(told).not.toContain('fil-51.pdf')
  expect(told).toContain('och 150 filer till')
})

describe.each([
  ['HTML', '<img src=x onerror=alert(1)>.pdf', '<img src=x onerror=alert(1)>.pdf'],
  ['quotes', `"it's" & &lt;.pdf`, `"it's" & &lt;.pdf`],
  ['an entity', '&#60;b&#62;.pdf', '&#60;b&#62;.pdf'],
  ['a bidi override', 'Faktura_\u202efdp.exe', 'Faktura_fdp.exe'],
  ['line breaks', 'a\r\n\r\nhttps://evil.example/\r\n.pdf', 'a https://evil.example/ .pdf'],
  ['emoji', 'Fest 🎉👩\u200d💻.pdf', 'Fest 🎉👩\u200d💻.pdf'],
  ['an encoded word', '=?utf-8?b?8J+YgA==?=.pdf', '=?utf-8?b?8J+YgA==?=.pdf'],
  ['a boundary', '--b1--', '--b1--'],
  ['nothing', '\u202e\0', 'fil utan namn'],
])('a name with %s', (_, name, shown) => {
  const facts = copyFacts({}, { files: [attachment(name)] })

  test('stays one line of words in a text', () => {
    expect(textOf(facts)).toContain(`\n- ${shown} (1 kB)\n`)
  })

  test('is words and nothing else in HTML', () => {
    const html = htmlOf(facts)
    expect(seen(html)).toContain(shown)
    const plain = htmlOf(copyFacts({}, { files: [attachment('x')] }))
    expect(html.match(/<\w+/g)).toEqual(plain.match(/<\w+/g))
  })
})

test.each(['x', 'å', '文', '😀', 'ord '])('a long name of %s fits into lines, and nothing of it is lost', letter => {
  const name = letter.repeat(250).trim()
  const facts = copyFacts({}, { files: [attachment(name)] })
  for (const line of textOf(facts).split('\n')) expect(Array.from(line).length).toBeLessThan(76)
  expect(textOf(facts).replace(/\s+/g, '')).toContain(name.replace(/\s+/g, ''))
  for (const line of htmlOf(facts).split('\r\n')) expect(line.length).toBeLessThanOrEqual(998)
  expect(seen(htmlOf(facts).replaceAll('<wbr\r\n>', ''))).toContain(name)
})

test('no line of a text can be taken for a delimiter of the mail around it', () => {
  const facts = copyFacts(
    { senderName: `--b1 ${'--b1-- '.repeat(40)}` },
    { organisation: '--b1', files: [attachment(`${'--b1 '.repeat(50)}`)] },
  )
  expect(textOf(facts)).not.toMatch(/^--/m)
})

test('the HTML has no image, no script, no style sheet, and one link, shown as the very address', () => {
  const html = htmlOf(copyFacts({ max: 3 }))
  expect(html).not.toMatch(/<(?:img|script|style|button|form|link)|background|url\(/i)
  expect(html.match(/<a /g)).toHaveLength(1)
  expect(html).toContain(`>${url}</a>`)
})

test('the link has the one class that keeps Thunderbird from writing it twice where it makes plain text of it', () => {
  const html = htmlOf(copyFacts({ max: 3 }))
  expect(html.match(/class=/g)).toHaveLength(1)
  expect(html).toMatch(/<a href="[^"]*"\s+class="moz-txt-link-freetext"\s/)
})

test('no table and no cell of the HTML takes its width or its border from the rules of the mail around it', () => {
  const html = htmlOf(copyFacts())
  const styles = [...html.matchAll(/<(table|td)\b[^>]*\sstyle="([^"]*)"/g)]
  expect(styles).toHaveLength(html.match(/<(table|td)\b/g)!.length)
  for (const [, name, style] of styles) {
    expect(style).toMatch(/(?:^|;)border:/)
    if (name === 'table') expect(style).toMatch(/(?:^|;)width:/)
  }
})
