import type { Arrived } from '#gateway/classify/arrived.ts'
import { findBrackets } from '#gateway/classify/brackets.ts'
import { readHeaderMark } from '#gateway/classify/header-mark.ts'
import { readKeywords } from '#gateway/classify/keywords.ts'
import { matchRule } from '#gateway/classify/match-rule.ts'
import { readSubjectMark } from '#gateway/classify/subject-mark.ts'
import { decodeText, fieldsNamed } from '#mail/header-fields.ts'
import type { ClassifySettings } from '#settings/classify-schema.ts'
import { humanSize } from '#texts/human-size.ts'

type Rule = ClassifySettings['rules'][number]

/** One condition of a rule, in words, and whether it holds. */
export interface Condition {
  says: string
  holds: boolean
}

/** Everything that could have made a mail a marked one, each looked at by itself. */
export interface FoundMarks {
  subject: { text: string; tag: string | null; brackets: string[] }
  header: { says: 'yes' | 'no'; written: string } | null
  rules: { conditions: Condition[]; holds: boolean }[]
}

/** Looks for marks as `classify` does; only for a mail that it did not refuse. */
export function findMarks(settings: ClassifySettings, arrived: Arrived): FoundMarks {
  const keywords = readKeywords(settings)
  const text = decodeText(fieldsNamed(arrived.fields, 'subject')[0]?.value ?? '').trim()
  const header = readHeaderMark(arrived.fields, settings.header, keywords)
  const written = decodeText(fieldsNamed(arrived.fields, settings.header.toLowerCase())[0]?.value ?? '').trim()
  const brackets = findBrackets(text).pairs.map(({ start, end }) => text.slice(start, end))
  return {
    subject: { text, tag: readSubjectMark(text, keywords)?.written ?? null, brackets },
    header: header ? { says: header.says, written } : null,
    rules: settings.rules.map(rule => {
      const conditions = conditionsOf(rule, arrived)
      return { conditions, holds: conditions.every(({ holds }) => holds) }
    }),
  }
}

function conditionsOf({ header, sender, recipient, largerThan }: Rule, arrived: Arrived): Condition[] {
  const holds = (condition: Partial<Rule>) => isMatch(matchRule([{ ...condition, options: {} }], arrived))
  const conditions: Condition[] = []
  if (header) {
    const present = fieldsNamed(arrived.fields, header.name.toLowerCase()).length > 0
    const says = present ? `${header.name} matches ${header.pattern}` : `the mail has the header ${header.name}`
    conditions.push({ says, holds: holds({ header }) })
  }
  if (sender !== undefined) conditions.push({ says: `the sender is ${sender}`, holds: holds({ sender }) })
  if (recipient !== undefined) conditions.push({ says: `a recipient is ${recipient}`, holds: holds({ recipient }) })
  if (largerThan !== undefined) {
    const says = `the mail is larger than ${humanSize(largerThan, 'en')}`
    conditions.push({ says, holds: holds({ largerThan }) })
  }
  return conditions
}

function isMatch(match: ReturnType<typeof matchRule>): boolean {
  return match !== null && 'rule' in match
}
