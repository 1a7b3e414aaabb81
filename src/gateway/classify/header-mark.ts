import { off, on } from '#options/flag.ts'
import type { Choice, OptionName } from '#options/option-records.ts'
import { Failure } from '#failure.ts'
import { decodeText, fieldsNamed, type HeaderField } from '#mail/header-fields.ts'
import { isSlip, type Keywords } from './keywords.ts'
import { inAll } from './option-words.ts'
import { parseOptions, settle } from './parse-options.ts'
import { inHeader } from './place.ts'
import { unreadable } from './unreadable.ts'
import type { Words } from '#texts/words.ts'
import { quoted } from '#texts/quoted.ts'
import { normalise } from './spelling.ts'

const yes = [...inAll(on), '1']
const no = [...inAll(off), '0']

/** What is longer than this is not looked at for options. */
const longestValue = 200
const longestHeader = 10_000

/** What the header asks for; `no` where it says that the mail shall not be marked. */
export type HeaderMark = { says: 'yes'; choices: Map<OptionName, Choice> } | { says: 'no'; written: string }

/**
 * Reads the mark in the header field of that name; null where there is none. Throws a `Failure` for a field
 * that cannot be read, and for one whose name is one slip away.
 */
export function readHeaderMark(fields: HeaderField[], name: string, keywords: Keywords): HeaderMark | null {
  const [field, second] = fieldsNamed(fields, name.toLowerCase())
  if (keywords.nearMisses) refuseNearNames(fields, name, keywords)
  if (!field) return null
  if (second) throw unreadable(twice(name), inHeader(name))
  const text = decodeText(field.value).trim()
  if (text.length > longestHeader) throw unreadable(tooLong(name), inHeader(name))
  return readValue(text, name, keywords)
}

function readValue(text: string, name: string, keywords: Keywords): HeaderMark {
  const place = inHeader(name)
  if (/^[\s,;:=]*$/.test(text)) throw unreadable(empty(name), place)
  const whole = parseOptions(text, place)
  const first = /^[^\s,;:=]*/.exec(text)![0]
  const rest = text.slice(first.length)
  const word = normalise(first)
  if (!whole.known && no.includes(word)) {
    if (/^[\s,;.]*$/.test(rest)) return { says: 'no', written: `${name}: ${quoted(first)}` }
    throw new Failure('OPTION_CONTRADICTS', {
      first: quoted(first),
      second: quoted(rest.replace(/^[\s,;]/, '')),
      where: place.where,
      hint: '',
    })
  }
  const isYes = !whole.known && (yes.includes(word) || keywords.isKeyword(word))
  return { says: 'yes', choices: settle([isYes ? parseOptions(rest.replace(/^\s?:/, ''), place) : whole], place) }
}

const twice = (name: string): Words => ({
  en: `it has the header ${name} twice`,
  sv: `det har fältet ${name} två gånger`,
})
const tooLong = (name: string): Words => ({ en: `the header ${name} is too long`, sv: `fältet ${name} är för långt` })
const empty = (name: string): Words => ({ en: `the header ${name} is empty`, sv: `fältet ${name} är tomt` })

/** Whether a text is what may stand in the header: a word for yes, a keyword or options. */
export function saysYes(text: string, keywords: Keywords): boolean {
  const value = text.slice(0, longestValue).trim()
  const [first = ''] = value.split(/[\s,;:=]/, 1)
  return yes.includes(first) || keywords.isKeyword(first) || parseOptions(value).known
}

function refuseNearNames(fields: HeaderField[], name: string, keywords: Keywords): void {
  const exact = name.toLowerCase()
  const near = fields.find(
    field => field.name !== exact && isNearName(field.name, exact) && !keywords.isException(field.name),
  )
  if (!near) return
  throw new Failure('MARK_NEARLY', {
    found: quoted(near.name),
    where: { en: 'the header', sv: 'brevhuvudet' },
    meant: name,
    hint: { en: 'Correct it, or remove it.', sv: 'Rätta det, eller ta bort det.' },
  })
}

/** Whether the name of a header (lower case) is nearly that name. */
export function isNearName(found: string, name: string): boolean {
  if (found.length > name.length + 3) return false
  const oneMore = found.slice(1) === name || found.slice(0, -1) === name
  return bare(found) === bare(name) || isSlip(found, name) || oneMore
}

/** Without `X-`, and whatever stands between the words. */
function bare(name: string): string {
  return name.replace(/[^a-z0-9]/g, '').replace(/^x/, '')
}
