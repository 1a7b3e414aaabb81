import { decodeText, fieldsNamed } from '#mail/header-fields.ts'
import type { ClassifySettings } from '#settings/classify-schema.ts'
import { matchesAddress } from '#mail/address-pattern.ts'
import type { Envelope } from '#model.ts'
import type { Arrived } from './arrived.ts'

type Rule = ClassifySettings['rules'][number]

/** The first rule that marks a mail, counted from 1; or the size at which it is decided which one does. */
export type RuleMatch = { rule: Rule; number: number } | { decideAtBytes: number } | null

/** Finds the first rule whose conditions all hold. */
export function matchRule(rules: Rule[], arrived: Arrived): RuleMatch {
  let decideAtBytes: number | null = null
  for (const [index, rule] of rules.entries()) {
    if (!holdsWithoutSize(rule, arrived)) continue
    const isLarger = rule.largerThan === undefined || arrived.sizeBytes > rule.largerThan
    if (isLarger) return decideAtBytes === null ? { rule, number: index + 1 } : { decideAtBytes }
    if (!arrived.complete) decideAtBytes = Math.min(decideAtBytes ?? Infinity, rule.largerThan!)
  }
  return decideAtBytes === null ? null : { decideAtBytes }
}

/** Whether what the rule says of the envelope holds. */
export function matchesEnvelope({ sender, recipient }: Rule, envelope: Envelope): boolean {
  if (sender !== undefined && !matchesAddress(sender, envelope.sender)) return false
  return recipient === undefined || envelope.recipients.some(({ address }) => matchesAddress(recipient, address))
}

function holdsWithoutSize(rule: Rule, { fields, envelope }: Arrived): boolean {
  const { header } = rule
  if (!matchesEnvelope(rule, envelope)) return false
  if (header === undefined) return true
  const pattern = new RegExp(header.pattern, 'iu')
  return fieldsNamed(fields, header.name.toLowerCase()).some(({ value }) => matchesText(pattern, decodeText(value)))
}

const windowCharacters = 4096
const overlapCharacters = 1024

/**
 * A pattern of the admin's may be slow in the square of the text or worse, so it sees 4096 characters at a time.
 * The stretches overlap: what it looks for must not escape by standing further down.
 */
export function matchesText(pattern: RegExp, text: string): boolean {
  for (let start = 0; ; start += windowCharacters - overlapCharacters) {
    if (pattern.test(text.slice(start, start + windowCharacters))) return true
    if (start + windowCharacters >= text.length) return false
  }
}
