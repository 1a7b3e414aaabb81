import { BrokenEncoding } from '#mail/broken-encoding.ts'
import { findParameter } from '#mail/parameters.ts'
import { givenName, isMultipart, type Part } from '#mail/part.ts'
import type { MailSource } from '#mail/mail-source.ts'
import { measureDecoded } from '#mail/transfer-encoding.ts'
import type { Plan } from '#model.ts'
import { humanSize } from '#texts/human-size.ts'
import { fateOf } from './part-fates.ts'
import { indented } from './lines.ts'

const mostNumberColumns = 12

/** Each part by its number in the mail, what it is, and below it what becomes of it. */
export async function showParts(source: MailSource, root: Part, plan: Plan): Promise<string[]> {
  const lines = ['Parts']
  const parts = numbered(root)
  const columns = Math.max(...parts.map(({ number }) => number.length)) + 4
  for (const { part, number } of parts) {
    const [first, ...rest] = indented(await describe(source, part), columns)
    lines.push(`  ${number}`.padEnd(columns) + first!.trimStart(), ...rest)
    const fate = fateOf(part, plan)
    if (fate !== '') lines.push(...indented(`→ ${fate}`, columns, columns + 2))
  }
  return lines
}

/** As IMAP numbers them: `1.2` is the second part of the first. */
function numbered(root: Part): { part: Part; number: string }[] {
  const found: { part: Part; number: string }[] = []
  const waiting = [{ part: root, number: '1' }]
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    found.push({ ...next, number: shortened(next.number) })
    const { part, number } = next
    const children = part.children.map((child, index) => ({ part: child, number: `${number}.${index + 1}` }))
    waiting.push(...children.toReversed())
  }
  return found
}

/** Parts within parts within parts need not be told apart by all of their number. */
function shortened(number: string): string {
  return number.length <= mostNumberColumns ? number : `…${number.slice(1 - mostNumberColumns)}`
}

async function describe(source: MailSource, part: Part): Promise<string> {
  const charset = findParameter(part.contentType, 'charset')?.value
  const name = givenName(part)
  const facts = [
    part.contentType.value,
    ...(charset === undefined ? [] : [charset.toLowerCase()]),
    ...(isMultipart(part) ? [] : [part.encoding, await size(source, part)]),
    ...(name === null ? [] : [`"${name}"`]),
  ]
  return facts.join(', ')
}

/** Decoded, as the recipient sees it; where it does not decode, as it stands. */
async function size(source: MailSource, part: Part): Promise<string> {
  try {
    return humanSize(await measureDecoded(source, part.body, part.encoding), 'en')
  } catch (error) {
    if (!(error instanceof BrokenEncoding)) throw error
    return `${humanSize(part.body.end - part.body.start, 'en')} (does not decode)`
  }
}
