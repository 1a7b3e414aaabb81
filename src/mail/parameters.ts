import iconv from 'iconv-lite'
import { decodeText } from './header-fields.ts'

/** One parameter as written: `filename*0*="…"`. */
export interface Parameter {
  /** Lower case, with the asterisks of RFC 2231. */
  name: string
  /** Without quotes, not decoded, one character a byte (latin1). */
  value: string
  /** Where the value stands in the text that was read, quotes included. */
  start: number
  end: number
}

/** What fields such as Content-Type are made of: a value and parameters (RFC 2045 section 5.1). */
export interface StructuredValue {
  /** Lower case, without comments. */
  value: string
  parameters: Parameter[]
  /** What readers may understand in different ways, as a clause without its subject; null where there is nothing. */
  unclear: string | null
}

/** More than anybody writes; a bound for work that grows with their square. */
const maxParameters = 100
const maxTextCharacters = 10_000

/** Reads a structured field value, latin1, folded or not. Never throws; what is unclear is said. */
export function readStructuredValue(text: string): StructuredValue {
  const first = readSegment(text, 0)
  const value = first.text.replace(/^"(.*)"$/, '$1').toLowerCase()
  const found: StructuredValue = { value, parameters: [], unclear: first.unclear }
  for (let at = first.next; at < text.length;) {
    const segment = readSegment(text, at)
    found.unclear ??= segment.unclear
    readParameter(found, text, at, segment)
    if (found.parameters.length > maxParameters) return { ...found, unclear: 'has too many parameters' }
    at = segment.next
  }
  return found
}

function readParameter(found: StructuredValue, text: string, at: number, segment: Segment): void {
  const named = /^[\s;]*([^\s=;"()]+)\s*=\s*/.exec(text.slice(at, segment.end))
  if (!named) {
    if (segment.text.includes('=')) found.unclear ??= 'has a parameter without a name'
    return
  }
  const name = named[1]!.toLowerCase()
  const start = at + named[0].length
  const raw = rawValue(text.slice(start, segment.end))
  const parameter = { name, value: unquote(raw), start, end: start + raw.length }
  const twin = findParameter(found, name)
  if (!twin) found.parameters.push(parameter)
  else if (twin.value !== parameter.value) found.unclear ??= `gives two values for ${printable(name)}`
  const behind = readSegment(text.slice(parameter.end, segment.end), 0)
  if (behind.text !== '') found.unclear ??= `has something after the value of ${printable(name)}`
}

/** The parameter of exactly that name. */
export function findParameter(structured: StructuredValue, name: string): Parameter | undefined {
  return structured.parameters.find(parameter => parameter.name === name)
}

/** True where the parameter is written in the extended or continued form of RFC 2231. */
export function isExtended(structured: StructuredValue, name: string): boolean {
  return structured.parameters.some(parameter => parameter.name.startsWith(`${name}*`))
}

/**
 * A parameter as text: RFC 2231 with its continuations first, else RFC 2047 words (which are not
 * allowed there but used), raw UTF-8 or raw windows-1252. Null where there is none.
 */
export function parameterText(structured: StructuredValue, name: string): string | null {
  const whole = findParameter(structured, `${name}*`)
  if (whole) return decodeExtended(whole.value, [true])
  const values: string[] = []
  const encoded: boolean[] = []
  for (;;) {
    const plain = findParameter(structured, `${name}*${values.length}`)
    const extended = findParameter(structured, `${name}*${values.length}*`)
    const next = extended ?? plain
    if (!next) break
    values.push(next.value)
    encoded.push(extended !== undefined)
  }
  if (values.length > 0)
    return encoded[0]
      ? decodeExtended(values.join('\0'), encoded)
      : decodeText(values.join('').slice(0, maxTextCharacters))
  const parameter = findParameter(structured, name)
  return parameter ? decodeText(parameter.value.slice(0, maxTextCharacters)) : null
}

/** RFC 2231 section 4: charset'language'percent-encoded; segments are set apart by NUL. */
function decodeExtended(value: string, encoded: boolean[]): string {
  const [, charset, , rest] = /^([^'\0]*)'([^'\0]*)'([^]*)$/.exec(value) ?? ['', '', '', value]
  const bytes = rest!
    .split('\0')
    .map((segment, index) =>
      encoded[index]
        ? segment.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
        : segment,
    )
    .join('')
  const text = Buffer.from(bytes, 'latin1')
  // iconv-lite does not know it, and e-mail of Japan is full of it.
  if (/^iso-2022-jp$/i.test(charset!)) return new TextDecoder('iso-2022-jp').decode(text)
  return charset && iconv.encodingExists(charset) ? iconv.decode(text, charset) : decodeText(bytes)
}

interface Segment {
  /** Without comments, trimmed. */
  text: string
  /** Where it ends: at its semicolon, or at the end. */
  end: number
  /** Where the next one starts. */
  next: number
  unclear: string | null
}

/** Reads up to the next semicolon that is neither quoted nor in a comment. */
function readSegment(text: string, start: number): Segment {
  let kept = ''
  let quoted = false
  let comments = 0
  let at = start
  for (; at < text.length; at += 1) {
    const character = text[at]!
    if (comments > 0) {
      if (character === '\\') at += 1
      comments += depthChange(character)
    } else if (quoted) {
      const pair = character === '\\' ? text.slice(at, at + 2) : character
      kept += pair
      at += pair.length - 1
      quoted = character !== '"'
    } else if (character === ';') break
    else if (character === '(') comments = 1
    else {
      kept += character
      quoted = character === '"'
    }
  }
  const unclear = quoted ? 'has a quotation mark too few' : comments > 0 ? 'has a comment without an end' : null
  return { text: kept.trim(), end: Math.min(at, text.length), next: at + 1, unclear }
}

function depthChange(character: string): number {
  return character === '(' ? 1 : character === ')' ? -1 : 0
}

/** The value at the start of what is left of a segment: a quoted string, or all up to a comment or the end. */
function rawValue(text: string): string {
  const quoted = /^"(?:[^"\\]|\\[^])*"?/.exec(text)
  if (quoted) return quoted[0]
  const value = text.trimEnd()
  const comment = value.endsWith(')') ? value.lastIndexOf('(') : -1
  return comment > 0 && /\s/.test(value[comment - 1]!) ? value.slice(0, comment).trimEnd() : value
}

/** Backslashes stay where they quote nothing that needs it: some senders write paths. */
function unquote(raw: string): string {
  if (!raw.startsWith('"')) return raw
  return raw
    .replace(/^"|"$/g, '')
    .replace(/\\(["\\])/g, '$1')
    .replace(/\r\n(?=[ \t])/g, '')
}

function printable(name: string): string {
  return name.replace(/[^\x21-\x7e]/g, '?').slice(0, 40)
}
