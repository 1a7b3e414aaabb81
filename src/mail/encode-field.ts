/** RFC 5322 section 2.1.1: lines should be no longer. */
const maxLineCharacters = 78
/** Bytes of UTF-8 in one encoded word: with `Subject: ` and the frame of the word the line stays below 78. */
const maxWordBytes = 42

/**
 * An unstructured header field with its line end: ASCII folded at its blanks, anything else as RFC 2047 words.
 * Reading it gives `text` again, to the blank.
 */
export function encodeField(name: string, text: string): Buffer {
  const plain = /^[\x21-\x7e]+( +[\x21-\x7e]+)*$/.test(text) && !text.includes('=?') ? fold(`${name}: ${text}`) : null
  if (text === '') return Buffer.from(`${name}:\r\n`)
  return Buffer.from(`${plain ?? `${name}: ${encodedWords(text)}`}\r\n`)
}

/** Null where a word is too long to be folded. */
function fold(line: string): string | null {
  const lines: string[] = []
  for (let rest = line; ;) {
    if (rest.length < maxLineCharacters) return [...lines, rest].join('\r\n')
    const blank = rest.slice(0, maxLineCharacters).search(/[^ ] +[^ ]*$/) + 1
    const nameOnly = lines.length === 0 && blank === line.indexOf(':') + 1
    if (blank <= 1 || nameOnly) return null
    lines.push(rest.slice(0, blank))
    rest = rest.slice(blank)
  }
}

function encodedWords(text: string): string {
  const words: string[] = []
  let word = ''
  for (const character of text.toWellFormed()) {
    if (Buffer.byteLength(word + character) > maxWordBytes) {
      words.push(word)
      word = ''
    }
    word += character
  }
  return [...words, word].map(part => `=?utf-8?B?${Buffer.from(part).toString('base64')}?=`).join('\r\n ')
}
