import { rewrite } from '#courier/rewrite/rewrite.ts'
import { verifyCopy } from '#courier/rewrite/verify-copy.ts'
import { classify } from '#gateway/classify/classify.ts'
import { plan } from '#seal/plan/plan.ts'
import { split } from '#seal/split/split.ts'
import { senderName } from '#seal/store/sender-name.ts'
import { findHeaderEnd, readHeaderFields } from '#mail/header-fields.ts'
import { mailFromBuffer } from '#mail/mail-source.ts'
import { piecesSize, readPieces } from '#mail/pieces.ts'
import { measureDecoded } from '#mail/transfer-encoding.ts'
import type { Language, Plan } from '#model.ts'
import { classifySchema } from '#settings/classify-schema.ts'
import { appleMail, applePlain, gmail, newsletter, thunderbirdPlain } from './other-mails.ts'
import { outlookDesktop, outlookMobile, outlookWeb } from './outlook-mails.ts'
import { bareScanner, base64Text, invitation, latin1, scanner } from './plain-mails.ts'
import type { SourceMail } from './source-mail.ts'

const sourceMails: SourceMail[] = [
  outlookDesktop,
  outlookWeb,
  outlookMobile,
  thunderbirdPlain,
  appleMail,
  applePlain,
  gmail,
  newsletter,
  scanner,
  bareScanner,
  invitation,
  latin1,
  base64Text,
]

interface Wanted {
  lang: Language
  position: 'top' | 'bottom'
  private: boolean
}

/** In every language, with the block above and below the text, and private (where there is no text to be above). */
const variants: Wanted[] = (['sv', 'en'] as const).flatMap(lang => [
  { lang, position: 'top', private: false },
  { lang, position: 'bottom', private: false },
  { lang, position: 'top', private: true },
])

export interface Copy {
  /** `gmail-sv-top`, `gmail-en-private` */
  name: string
  source: SourceMail
  wanted: Wanted
  original: Buffer
  bytes: Buffer
  planned: Plan
}

export const linkUrl = 'https://filer.kommun.example/l/Zx8Kq0_vB-3mN7aYtR2wLcD5eF9gHjUs'

export const settings = { classify: classifySchema.parse({}), language: 'sv' as const }

const now = new Date('2026-11-23T09:00:00Z')

/** One recipient's copy of a mail, by the steps that the gateway and the courier take; nothing is stored. */
async function makeCopy(source: SourceMail, wanted: Wanted): Promise<Copy> {
  const original = source.write(markFor(wanted))
  const headerSection = original.subarray(0, findHeaderEnd(original))
  const { fields } = readHeaderFields(headerSection)
  const recipients = [{ address: 'bertil@kommun.example', parameters: [] }]
  const envelope = { sender: senderName(fields, ''), parameters: [], recipients }
  const arrived = { headerSection, fields, envelope, sizeBytes: original.length, complete: true }
  const classified = classify(settings, arrived, now)
  if (!classified.marked) throw new Error(`${source.name} is not marked`)
  const mail = mailFromBuffer(original)
  const planned = await plan(
    { linkBlock: wanted.position, wholeMails: 'seal', inlineImageKiB: 64 },
    { root: await split(mail), source: mail },
    { ...classified, private: classified.options.private },
  )
  const files = await Promise.all(
    planned.files.map(async file => ({
      ...file,
      sizeBytes:
        'pieces' in file.content
          ? piecesSize(file.content.pieces)
          : await measureDecoded(mail, file.content.range, file.content.encoding),
    })),
  )
  const facts = {
    message: {
      ...classified.options,
      senderName: envelope.sender,
      private: files.some(file => file.kind === 'body'),
      copy: planned.copy,
      slots: planned.slots,
      slimSizeBytes: piecesSize(planned.slim),
    },
    files,
    link: {
      url: linkUrl,
      recipient: wanted.lang === 'sv' ? 'bertil@kommun.example' : 'eva@partner.example',
      isLocal: wanted.lang === 'sv',
    },
    organisation: 'Exempelkommun',
  }
  const chunks = await Array.fromAsync(verifyCopy(rewrite(facts, readPieces(mail, planned.slim))))
  const place = wanted.private ? 'private' : wanted.position
  return {
    name: `${source.name}-${wanted.lang}-${place}`,
    source,
    wanted,
    original,
    bytes: Buffer.concat(chunks),
    planned,
  }
}

/** Every mail in every variant. */
export async function makeCopies(): Promise<Copy[]> {
  const copies: Copy[] = []
  for (const source of sourceMails) for (const wanted of variants) copies.push(await makeCopy(source, wanted))
  return copies
}

function markFor(wanted: Wanted): string {
  if (wanted.lang === 'sv') return wanted.private ? '[säker, privat, max 1, lang=sv]' : '[säker, max 3, lang=sv]'
  return wanted.private ? '[secure, private, lang=en]' : '[secure, lang=en]'
}
