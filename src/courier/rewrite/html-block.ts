import type { BlockContent } from './block-content.ts'

/** No colours but that of the border: the block takes the mail's own, in light and dark alike. */
const font = 'font-family:Aptos,Calibri,Segoe UI,Helvetica,Arial,sans-serif'
const bodyText = `${font};font-size:15px;line-height:1.45;text-align:left`
const smallText = `${font};font-size:13px;line-height:1.45;text-align:left`

/**
 * A link block as HTML: a table, which every mail program lays out, with inline styles only: they also stand against
 * the rules that a newsletter has for all of its tables. All ASCII, so that it fits any charset; lines of at most 998
 * characters that end with CRLF. `padding` adds so many blanks.
 */
export function htmlBlock(content: BlockContent, position: 'top' | 'bottom', padding: number): string {
  const margin = position === 'top' ? '0 0 20px 0' : '20px 0 0 0'
  return (
    [
      `<table role="presentation" lang="${content.lang}" dir="ltr" width="600" cellpadding="0" cellspacing="0" border="0"`,
      ` style="width:600px;max-width:100%;margin:${margin};border:1px solid #8c8c8c;border-collapse:separate">`,
      `<tr><td style="padding:14px 18px;border:0;${bodyText}">`,
      ...content.intro.map(sentence => paragraph(sentence, bodyText)),
      ...fileTable(content),
      `<p style="margin:0 0 12px 0;word-break:break-all;${bodyText}">`,
      // Unbroken, unlike words: in an attribute there is no tag to hide a line break in.
      `<a href="${escapeSigns(content.url)}"`,
      // Thunderbird's own name for an address that is its own text: where it makes plain text of the HTML, for its
      // view or for a reply, it writes any other link twice.
      ' class="moz-txt-link-freetext"',
      ` style="word-break:break-all"`,
      `>${escapeSigns(content.url)}</a></p>`,
      `<p style="margin:0;${smallText}">`,
      content.notes.map(escapeWords).join('<br>\r\n'),
      '</p>',
      '</td></tr></table>',
    ].join('\r\n') + `${' '.repeat(padding)}\r\n`
  )
}

function paragraph(sentence: string, style: string): string {
  return `<p style="margin:0 0 12px 0;${style}">\r\n${escapeWords(sentence)}</p>`
}

function fileTable({ files, more }: BlockContent): string[] {
  if (files.length === 0) return []
  const cell = `padding:0 0 4px 0;border:0;vertical-align:top;${bodyText}`
  return [
    '<table role="presentation" cellpadding="0" cellspacing="0" border="0"',
    ' style="width:auto;margin:0 0 10px 0;border:0">',
    ...files.flatMap(({ name, size }) => [
      `<tr><td style="${cell};word-break:break-word;overflow-wrap:anywhere">`,
      `<span dir="auto">${escapeWords(name)}</span></td>`,
      `<td style="${cell};padding-left:18px;white-space:nowrap;text-align:right">${escapeWords(size)}</td></tr>`,
    ]),
    ...(more === null ? [] : [`<tr><td colspan="2" style="${cell}">${escapeWords(more)}</td></tr>`]),
    '</table>',
  ]
}

/**
 * Words as ASCII. A long word gets line breaks inside of a tag, where they are not seen, because a line of a mail
 * may not be longer than 998 characters.
 */
function escapeWords(words: string): string {
  let lineLength = 0
  let html = ''
  for (const character of words) {
    const escaped = escapeSigns(character)
    if (lineLength > 400) html += '<wbr\r\n>'
    if (lineLength > 400) lineLength = 0
    lineLength += escaped.length
    html += escaped
  }
  return html
}

/** ASCII that means the same in text and in attribute values; signs that introduce something in UTF-7 or HZ as well. */
function escapeSigns(words: string): string {
  return words.replace(/[&<>"'+~\\]|[^\x20-\x7e]/gu, sign => `&#${sign.codePointAt(0)};`)
}
