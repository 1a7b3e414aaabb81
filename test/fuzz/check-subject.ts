import { isFailure } from '#failure.ts'
import { classify } from '#gateway/classify/classify.ts'
import { parseOptions } from '#gateway/classify/parse-options.ts'
import { readHeaderFields } from '#mail/header-fields.ts'
import { settingsSchema } from '#settings/schema.ts'
import type { Random } from '../support/random.ts'

const pieces = [
  '[',
  ']',
  '(',
  ')',
  '【',
  '］',
  '{',
  '8',
  '9',
  'secure',
  'säker',
  'SÄKERT',
  'sa\u0308ker',
  'secrue',
  'max',
  '=',
  '1',
]
  .concat([
    ',',
    ' ',
    ';',
    ':',
    'Re: ',
    'Sv:',
    'private',
    'no',
    'login',
    'open',
    '7',
    'dagar',
    '2026-12-31',
    '9999-99-99',
    '\u00a0',
    '\u200b',
  ])
  .concat([
    '[LIST]',
    '+',
    '=?utf-8?Q?',
    '=?utf-8?B?',
    '?=',
    '=5B',
    '_',
    '%5D',
    '\\',
    '"',
    'å',
    '🔒',
    '\ud800',
    '.',
    '-',
    'X-Kuvert:',
    '\0',
  ])
  .concat([
    'utan inloggning',
    'giltig i',
    'expires=',
    'recipients + locals',
    '&#91;',
    '\\u005b',
    '+AFs-',
    '99999999999999999999',
    '\u202e',
  ])

/** Text near to what a subject or the header of a mark may say; now and then very long. */
export function nearlySubject(random: Random): string {
  const repeats = random.chance(0.02) ? random.between(1000, 20_000) : 1
  const parts = Array.from({ length: random.between(1, 24) }, () =>
    random.chance(0.1) ? random.bytes(random.below(8)).toString('latin1') : random.pick(pieces),
  )
  if (repeats > 1) parts.splice(random.below(parts.length), 0, random.pick(pieces).repeat(repeats))
  return parts.join('').replace(/[\r\n]/g, ' ')
}

const settings = settingsSchema.parse({
  classify: { rules: [{ header: { name: 'Sensitivity', pattern: '(secret|hemlig)+' } }] },
})
const now = new Date('2026-11-24T12:00:00Z')

/** Whether a text as a subject, as the header and as options is understood, or refused with a sentence that may be sent. */
export function checkSubject(text: string): string[] {
  parseOptions(text)
  const headers = [`Subject: ${text}`, `X-Kuvert: ${text}`, `Subject: [secure] ${text}\r\nSensitivity: ${text}`]
  return headers.flatMap(header => {
    try {
      classify(settings, arrivedWith(header), now)
      return []
    } catch (error) {
      if (!isFailure(error)) return [`something other than a Failure came out: ${(error as Error).stack}`]
      return /[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/.test(error.message)
        ? [`a refusal says ${JSON.stringify(error.message)}`]
        : []
    }
  })
}

function arrivedWith(header: string) {
  const envelope = {
    sender: 'anna@example.org',
    parameters: [],
    recipients: [{ address: 'bo@example.net', parameters: [] }],
  }
  const headerSection = Buffer.from(`From: anna@example.org\r\n${header}\r\n\r\n`)
  const { fields } = readHeaderFields(headerSection)
  return { headerSection, fields, envelope, sizeBytes: 1000, complete: true }
}
