import { expect, test } from 'vitest'
import { attachment, leaf, mail, multipart } from '../../support/mail-builder.ts'
import { planned } from '../../support/planned.ts'

const text = leaf('Hello Bo', { type: 'text/plain; charset=utf-8', encoding: '8bit' })
const html = leaf('<p>Hello Bo', { type: 'text/html; charset=utf-8', encoding: '8bit' })
const pdf = attachment('PDF-BYTES', 'report.pdf', 'application/pdf')
const hidden = 'begin 644 hidden.bin\r\n#86)C\r\n`\r\nend'

test('what stands before and behind the parts of a multipart is in no copy', async () => {
  for (const end of ['', '\r\n', '\r\n\r\n']) {
    const around = { preamble: hidden, epilogue: `${hidden}${end}` }
    const body = multipart('alternative', [text, html], around)
    const texts = multipart('alternative', [text, html])
    for (const [entity, left] of [
      [multipart('mixed', [text, text, pdf], around), multipart('mixed', [text, text])],
      [multipart('mixed', [text, pdf, body], around), multipart('mixed', [text, texts])],
      // Of these, the multipart around the only part that stays goes.
      [multipart('mixed', [text, pdf], around), text],
      [multipart('mixed', [body, pdf], around), texts],
    ] as const) {
      const { plan, slim } = await planned(mail(entity))
      expect(plan.copy).toBe('detach')
      const words = (bytes: Buffer) =>
        bytes
          .toString()
          .replace(/(\r\n)+/g, '\r\n')
          .replace(/_2"?/g, match => match.replace('2', '1'))
      expect(words(slim)).toBe(words(mail(left)))
      expect(slim.toString()).toMatch(/\r\n$/)
    }
  }
})
