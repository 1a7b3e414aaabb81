import { decodeRaw, decodeText, type HeaderField } from '#mail/header-fields.ts'
import type { ClassifySettings } from '#settings/classify-schema.ts'
import { quoted } from '#texts/quoted.ts'
import type { Arrived } from './arrived.ts'
import { opening } from './brackets.ts'
import { isNearName, saysYes } from './header-mark.ts'
import { isSlip, type Keywords } from './keywords.ts'
import { matchesEnvelope, matchesText } from './match-rule.ts'
import { inSubject } from './place.ts'
import { unreadable } from './unreadable.ts'
import type { Words } from '#texts/words.ts'
import { isPlain, normalise } from './spelling.ts'
import { seemsMarked } from './subject-mark.ts'

/** A line of a header section that is no field, or what a field says on its first line. */
interface Line {
  /** One character a byte (latin1), without its line end. */
  raw: string
  kind: 'malformed' | 'value' | 'continuation'
  field?: HeaderField
}

/**
 * Refuses a mail with a mark on a line that is no header field: a malformed line, or one that became part of the
 * field before it (RFC 5322 section 2.2.3). Such a line says something if, in normal form, it begins like the header,
 * or like a subject with a tag, or like the header of a rule that says so. Takes time in proportion to the section.
 */
export function refuseStrayMarks(settings: ClassifySettings, keywords: Keywords, arrived: Arrived): void {
  const judge = makeJudge(settings, keywords, arrived)
  for (const line of linesOf(arrived)) {
    const found = judge(line)
    if (found === null) continue
    throw unreadable(line.field ? swallowed(found, quoted(line.field.name)) : noField(line.raw), inSubject(keywords))
  }
}

function swallowed(name: string, field: string): Words {
  return { en: `"${name}:" stands inside the header ${field}`, sv: `"${name}:" står inuti fältet ${field}` }
}

function noField(raw: string): Words {
  const line = quoted(decodeText(raw))
  return { en: `the line "${line}" is no header field`, sv: `raden "${line}" är inget fält i brevhuvudet` }
}

/** Tells what a line says, as the name of a header; null if it says nothing. */
function makeJudge(settings: ClassifySettings, keywords: Keywords, { envelope }: Arrived) {
  // Made for the first line that needs it: of most mails, none does.
  let saysHeader: ReturnType<typeof headerJudge> | undefined
  const rules = settings.rules.flatMap(rule =>
    rule.header && matchesEnvelope(rule, envelope)
      ? [{ ...rule.header, start: startOf(rule.header.name), pattern: new RegExp(rule.header.pattern, 'iu') }]
      : [],
  )
  const saysNothing = nothingJudge(settings.header, ['Subject', ...rules.map(({ name }) => name)])
  let judged = 0
  return ({ raw, kind }: Line): string | null => {
    if (kind !== 'malformed' && saysNothing(raw, kind)) return null
    const line = normalise(decodeRaw(raw)).replace(/^[^\p{L}\p{N}]+/u, '')
    saysHeader ??= headerJudge(settings.header, keywords)
    if (saysHeader(line, kind)) return settings.header
    // A line that continues a text may begin with any word: only a colon or an equals sign makes a name of it.
    if (kind === 'value' || (kind === 'continuation' && !/^[^:=]{0,80}[:=]/.test(line))) return null
    const readings = [raw, withoutName(raw)].map(decodeText)
    if (startOf('Subject').test(line)) {
      judged += raw.length
      if (readings.some(text => seemsMarked(text, judged, keywords))) return 'Subject'
    }
    return rules.find(({ start, pattern }) => start.test(line) && matchesText(pattern, readings[1]!))?.name ?? null
  }
}

/**
 * Tells of most lines of fields, and quickly, that they say nothing: they do not name the header, and do not begin like
 * one of `others` begins. Every mail passes here, marked or not.
 */
function nothingJudge(header: string, others: string[]) {
  const longestWord = normalise(header)
    .split('-')
    .reduce((longest, word) => (word.length > longest.length ? word : longest))
  const initials = new Set(others.map(name => normalise(name)[0]))
  return (raw: string, kind: Line['kind']): boolean => {
    if (!isPlain(raw)) return false
    const line = raw.toLowerCase()
    if (line.includes(longestWord)) return false
    return kind === 'value' || !initials.has(/[a-z0-9]/.exec(line)?.[0])
  }
}

/** Tells whether a line in normal form says what the header would say, or, if it is malformed, has a tag. */
function headerJudge(name: string, keywords: Keywords) {
  const header = startOf(name)
  const anywhere = new RegExp(`(?:^|\\s)${nameSource(name)}\\s*[:=]`, 'u')
  const tag = tagIn(keywords)
  return (line: string, kind: Line['kind']): boolean => {
    if (anywhere.test(line)) return true
    if (kind === 'malformed') return header.test(line) || tag.test(line) || isNearHeader(line, name, keywords)
    return kind === 'continuation' && header.test(line) && saysYes(line.replace(header, ''), keywords)
  }
}

/** `Kuvert=yes`, `kuverts yes`. */
function isNearHeader(line: string, name: string, keywords: Keywords): boolean {
  if (!keywords.nearMisses) return false
  const assigned = /^([^:=]{1,60})[:=]/.exec(line)?.[1]?.trim()
  const word = assigned ?? /^\S{1,60}/.exec(line)?.[0] ?? ''
  if (!isNearName(word, normalise(name)) || keywords.isException(word)) return false
  return assigned !== undefined || saysYes(line.slice(word.length), keywords)
}

/** A keyword behind an opening bracket, anywhere in a line in normal form. */
function tagIn({ words }: Keywords): RegExp {
  const brackets = opening.replace('[', '\\[')
  return new RegExp(`[${brackets}][^\\p{L}\\p{N}]{0,5}(?:${words.join('|')})(?![\\p{L}\\p{M}\\p{N}])`, 'u')
}

function withoutName(raw: string): string {
  return raw.replace(/^[^:=]{0,80}[:=]\s*|^\s*\S{1,80}\s+/, '')
}

function startOf(name: string): RegExp {
  return new RegExp(`^${nameSource(name)}(?![\\p{L}\\p{N}])`, 'u')
}

/** The name in normal form, with any sign or blanks, or nothing, for its hyphens. */
function nameSource(name: string): string {
  return normalise(name)
    .split('-')
    .map(word => word.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&'))
    .join('[-_.\\s]{0,3}')
}

function* linesOf({ headerSection, fields }: Arrived): Generator<Line> {
  let at = 0
  for (const field of fields) {
    if (field.range.start > at) yield* malformedLines(headerSection.toString('latin1', at, field.range.start))
    const text = headerSection.toString('latin1', field.range.start, field.range.end)
    const [value = '', ...more] = linesOfField(text, field)
    yield isOdd(field.name)
      ? { raw: text.split('\r\n', 1)[0]!, kind: 'malformed' }
      : { raw: value, kind: 'value', field }
    for (const raw of more) yield { raw, kind: 'continuation', field }
    at = field.range.end
  }
  yield* malformedLines(headerSection.toString('latin1', at))
}

/** `X-Kuvert=login:none`, `Subjcet: [secure]`: not malformed by the letter, but nobody has a field of that name. */
function isOdd(name: string): boolean {
  return (
    name.includes('=') || isSlip(name, 'subject') || (name.length > 'subject'.length && bareName(name) === 'subject')
  )
}

function bareName(name: string): string {
  return name.replace(/[^a-z0-9]/g, '')
}

/** Of a header of one letter, as `X=1`; keywords have three and a bracket. */
const shortestMark = 3

function* malformedLines(text: string): Generator<Line> {
  for (const raw of text.split('\r\n')) if (raw.length >= shortestMark) yield { raw, kind: 'malformed' }
}

/** Signatures list the names of the fields that they sign (RFC 6376 section 3.5): `h=from:x-kuvert:to`. */
const signature = /^(?:dkim|arc-message|domainkey|x-google-dkim)-signature$/

function linesOfField(text: string, { name }: HeaderField): string[] {
  const value = text.slice(text.indexOf(':') + 1)
  return (signature.test(name) ? value.replace(/(^|;)(\s*h\s*=)[^;]*/i, '$1$2') : value).split('\r\n')
}
