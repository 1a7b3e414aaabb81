import { simpleParser } from 'mailparser'
import { describe, expect, test } from 'vitest'
import { classify } from '#gateway/classify/classify.ts'
import { findHeaderEnd, readHeaderFields } from '#mail/header-fields.ts'
import { linkUrl, makeCopies, settings } from './copies.ts'
import { answer, forwardAttached, type Answer } from './quote.ts'

const copies = await makeCopies()

const answers: Answer[] = ['Re:', 'Sv:', 'SV:', 'Fwd:', 'VB:', 'Vb: Sv:'].flatMap(prefix =>
  (['text', 'html'] as const).flatMap(kind => (['top', 'bottom'] as const).map(posted => ({ prefix, kind, posted }))),
)

describe.each(copies)('an answer to $name', copy => {
  test('is not marked, however it quotes', async () => {
    for (const how of answers) expect(isMarked(await answer(copy.bytes, how)), JSON.stringify(how)).toBe(false)
    for (const prefix of ['VB:', 'Fwd:']) expect(isMarked(forwardAttached(copy.bytes, prefix))).toBe(false)
  })

  test('to the mail as it was written is marked, so that the mark of a sender goes on working', async () => {
    expect(isMarked(await answer(copy.original, { prefix: 'Sv:', kind: 'text', posted: 'top' }))).toBe(true)
  })
})

describe.each(copies.filter(({ wanted }) => wanted.private))('what is quoted of $name', ({ bytes, source }) => {
  test.each(['text', 'html'] as const)('is the notice and its link, and nothing private (%s)', async kind => {
    for (const posted of ['top', 'bottom'] as const) {
      const quoted = await simpleParser(await answer(bytes, { prefix: 'Sv:', kind, posted }))
      const words = `${quoted.text} ${quoted.html}`
      for (const secret of [...source.says, ...source.files]) expect(words).not.toContain(secret)
      // Whoever reads the answer learns the address: what keeps them out is the login, as the notice says.
      expect(words).toContain(linkUrl)
      expect(words).toMatch(/personlig|personal/)
    }
  })

  test('when it is attached, is no more', () => {
    const attached = forwardAttached(bytes, 'VB:').toString('latin1')
    for (const secret of [...source.says, ...source.files]) expect(attached).not.toContain(secret)
    expect(attached.match(/^Content-Type:/gim)).toHaveLength(6)
  })
})

function isMarked(mail: Buffer): boolean {
  const headerSection = mail.subarray(0, findHeaderEnd(mail))
  const { fields } = readHeaderFields(headerSection)
  const recipients = ['anna@kommun.example', 'eva@partner.example'].map(address => ({ address, parameters: [] }))
  const envelope = { sender: 'bertil@kommun.example', parameters: [], recipients }
  const arrived = { headerSection, fields, envelope, sizeBytes: mail.length, complete: true }
  return classify(settings, arrived, new Date('2026-11-23T10:00:00Z')).marked
}
