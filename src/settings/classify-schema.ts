import { z } from 'zod'
import { days } from '#options/expires.ts'
import { boundSettings, optionSettings } from '#options/option-settings.ts'
import { bytes } from './fields.ts'

const rule = z.strictObject({
  header: z
    .strictObject({
      name: z
        .string()
        .regex(/^[\x21-\x39\x3b-\x7e]+$/, 'must be the name of a header field, without its colon')
        .describe('The name of the field.'),
      pattern: z.string().default('.').describe('A regular expression; any case.'),
    })
    .optional()
    .describe('A header field by name, and a regular expression (any case) that its decoded value must match.'),
  sender: z.string().optional().describe('The address of the envelope, or a pattern such as *@example.org.'),
  recipient: z.string().optional().describe('Any recipient; likewise.'),
  largerThan: bytes.optional().describe('A mail larger than this, as sent.'),
  options: optionSettings.default({}).describe('What the mark then asks for.'),
})

export const classifySchema = z
  .strictObject({
    keywords: z
      .array(
        z
          .string()
          .regex(/^[\p{L}\p{N}][\p{L}\p{M}\p{N}-]{2,29}$/u, 'must be one word of 3 to 30 letters, digits or hyphens'),
      )
      .min(1)
      .default(['secure', 'säker', 'säkert'])
      .describe('First word of a subject tag; any case.'),
    header: z
      .string()
      .regex(/^[A-Za-z0-9-]+$/)
      .default('X-Kuvert')
      .describe('Header field that marks a mail.'),
    nearMisses: z.boolean().default(true).describe('Refuse what is one slip away from a mark: [secrue], (secure).'),
    nearMissExceptions: z
      .array(z.string())
      .default([])
      .describe('Words, or whole contents of brackets, that are no near-misses.')
      .meta({ example: ['secure boot'] }),
    defaults: optionSettings
      .prefault({})
      .describe('Where a mark says nothing: login recipients, unlimited, 30 days, receipt.'),
    rules: z
      .array(rule)
      .default([])
      .describe('Mails that are marked without their sender doing anything. The first that matches counts.')
      .meta({
        example: [
          { header: { name: 'Sensitivity', pattern: 'company-confidential' }, options: { private: true } },
          { recipient: '*@bank.example', largerThan: '20 MiB', options: { login: 'none', max: 3 } },
        ],
      }),
    bounds: z
      .array(boundSettings)
      .default([])
      .describe('What senders may choose. Bounds whose sender and recipient match add up; the strictest counts.')
      .meta({
        example: [
          { sender: '*@example.org', login: ['recipients', 'locals'], maxAtMost: 20, expiresAtMostDays: 90 },
          { recipient: '*@partner.example', locked: ['receipt'] },
        ],
      }),
    expiresAtMostDays: days.default(180).describe('For every mail.'),
    wholeMails: z
      .enum(['seal', 'refuse'])
      .default('seal')
      .describe('Signed and encrypted mails: seal them whole as message.eml, or refuse them.'),
    inlineImages: z
      .strictObject({
        maxKiB: z
          .int()
          .min(0)
          .default(64)
          .describe('An image with a file name that is larger than so many KiB is sealed, although the text shows it.'),
      })
      .prefault({})
      .describe('Images that the HTML text of a mail shows and that stay in its copies.'),
  })
  .prefault({})
  .describe('Which mails are sealed, and how.')

export type ClassifySettings = z.output<typeof classifySchema>
