import type { ClassifySettings } from '#settings/classify-schema.ts'
import type { Condition, FoundMarks } from './find-mark.ts'
import { labelled } from './lines.ts'

/** What marks the mail; with several, the first one's options count before the others'. */
export function showMark(marks: FoundMarks, settings: ClassifySettings): string[] {
  const rule = marks.rules.findIndex(({ holds }) => holds)
  const found = [
    ...(marks.header?.says === 'yes' ? [`the header ${settings.header}: ${marks.header.written}`] : []),
    ...(marks.subject.tag === null ? [] : [`the tag in the subject, ${marks.subject.tag}`]),
    ...(rule === -1 ? [] : [`rule ${rule + 1} of the configuration (${listed(marks.rules[rule]!.conditions)})`]),
  ]
  const [first, ...others] = found
  return [
    ...labelled('MARKED', `by ${first}`),
    ...others.flatMap(other => labelled('', `and by ${other}`)),
    ...(marks.subject.tag === null ? labelled('Subject', marks.subject.text) : []),
  ]
}

/** Why the mail is not marked: what was looked for, and what was there instead. */
export function showNoMark(marks: FoundMarks, settings: ClassifySettings): string[] {
  return [
    ...labelled('NOT MARKED', 'It leaves byte for byte as it came, after one Received field.'),
    '',
    'Looked for, and not found',
    ...indentedLabel('subject', subjectWords(marks, settings)),
    ...indentedLabel('header', headerWords(marks, settings)),
    ...(marks.rules.length === 0 ? indentedLabel('rules', 'The configuration has none.') : []),
    ...marks.rules.flatMap(({ conditions }, index) => indentedLabel(`rule ${index + 1}`, ruleWords(conditions))),
  ]
}

function indentedLabel(label: string, words: string): string[] {
  return labelled(`  ${label}`, words)
}

function subjectWords({ subject }: FoundMarks, { keywords, nearMisses }: ClassifySettings): string {
  const tags = keywords.map(keyword => `[${keyword}]`).join(' ')
  const text = subject.text === '' ? 'There is no subject.' : `"${subject.text}" has no tag at its start or end.`
  const others = subject.brackets.map(bracket => `"${bracket}"`).join(', ')
  const near = nearMisses ? ', and not nearly one' : ' (near-misses are switched off)'
  const brackets = others === '' ? '' : ` ${others} is none of them${near}.`
  return `${text} Tags are ${tags}, with options or without.${brackets}`
}

function headerWords({ header }: FoundMarks, settings: ClassifySettings): string {
  if (header) return `${settings.header} says "${header.written}": not to be marked.`
  const near = settings.nearMisses ? ', and none with nearly that name' : ''
  return `There is no ${settings.header}${near}.`
}

function ruleWords(conditions: Condition[]): string {
  return `Not so: ${listed(conditions.filter(({ holds }) => !holds))}.`
}

function listed(conditions: Condition[]): string {
  return conditions.length === 0 ? 'it has no conditions' : conditions.map(({ says }) => says).join('; ')
}
