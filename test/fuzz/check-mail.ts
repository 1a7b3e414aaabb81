import { simpleParser } from 'mailparser'
import { BrokenEncoding } from '#mail/broken-encoding.ts'
import { copySize, rewrite } from '#courier/rewrite/rewrite.ts'
import type { CopyFacts } from '#courier/rewrite/copy-facts.ts'
import { verifyCopy } from '#courier/rewrite/verify-copy.ts'
import { isFailure } from '#failure.ts'
import { planMail } from '#seal/plan-mail.ts'
import { watchMail } from '#gateway/data/line-endings.ts'
import { split } from '#seal/split/split.ts'
import { mailFromBuffer } from '#mail/mail-source.ts'
import { allParts, leaves } from '#mail/part.ts'
import { piecesSize, readPieces } from '#mail/pieces.ts'
import { decodePart } from '#mail/transfer-encoding.ts'
import type { ByteRange, Plan } from '#model.ts'
import type { PlantedMail } from './planted-mail.ts'
import { markersIn, readings } from './readings.ts'

/** A mail to try, how it is to be sealed, and what is known of it. */
export interface MailInput {
  bytes: Buffer
  private: boolean
  linkBlock: 'top' | 'bottom'
  /** The size of the blocks that the copy is written from. */
  blockBytes: number
  planted: Omit<PlantedMail, 'bytes'>
  /** False once the mail has been spoiled: what was a file may then be a text. */
  isWhole: boolean
}

/** What became of a mail, for checks to look at. */
export interface Sealed {
  plan: Plan
  files: Buffer[]
  copy: Buffer
}

const mostBlocks = 4000
const url = 'https://kuvert.example/l/FUZZ-LINK-0123456789'

/** Seals a mail as the gateway would, and writes the copy as the courier would. */
export async function seal({ bytes, linkBlock, ...input }: MailInput): Promise<Sealed> {
  const source = mailFromBuffer(bytes)
  const marked = { private: input.private, changedSubject: 'Report', removeFields: ['x-kuvert'] }
  const { plan } = await planMail({ linkBlock, wholeMails: 'seal', inlineImageKiB: 64 }, source, marked)
  const files: Buffer[] = []
  for (const { content } of plan.files) {
    const blocks =
      'pieces' in content ? readPieces(source, content.pieces) : decodePart(source, content.range, content.encoding)
    files.push(Buffer.concat(await Array.fromAsync(blocks)))
  }
  const slim = Buffer.concat(await Array.fromAsync(readPieces(source, plan.slim)))
  const facts = factsOf(plan)
  // What writes a copy is meant for blocks: of a large mail there are not to be hundreds of thousands.
  const blockBytes = Math.max(input.blockBytes, Math.ceil(slim.length / mostBlocks))
  const blocks = mailFromBuffer(slim).stream({ start: 0, end: slim.length }, blockBytes)
  const copy = await Array.fromAsync(verifyCopy(rewrite(facts, blocks)))
  const whole = Buffer.concat(copy)
  if (whole.length !== copySize(facts))
    throw new Error(`The copy has ${whole.length} bytes instead of ${copySize(facts)}`)
  return { plan, files, copy: whole }
}

function factsOf(plan: Plan): CopyFacts {
  return {
    message: {
      senderName: 'Anna Åkesson <anna@example.org>',
      lang: 'sv',
      login: 'recipients',
      max: 3,
      expiresAt: new Date('2026-12-24T12:00:00Z'),
      private: plan.files.some(file => file.kind === 'body'),
      copy: plan.copy,
      slots: plan.slots,
      slimSizeBytes: piecesSize(plan.slim),
    },
    files: plan.files,
    link: { url, recipient: 'bo@example.net', isLocal: true },
    organisation: 'Kuvert',
  }
}

/** Seals the mail and returns what is wrong, as sentences; a refusal is not. */
export async function checkMail(input: MailInput): Promise<string[]> {
  watchMail(Infinity)(input.bytes)
  let sealed: Sealed
  try {
    sealed = await seal(input)
  } catch (error) {
    if (isFailure(error, 'MAIL_AMBIGUOUS') || isFailure(error, 'MAIL_UNSUPPORTED')) {
      return input.isWhole ? [`a well-formed mail is refused: ${error.message}`] : []
    }
    const kind = error instanceof BrokenEncoding ? 'BrokenEncoding came out' : 'something other than a Failure came out'
    return [`${kind}: ${error instanceof Error ? error.stack : String(error)}`]
  }
  const wrong = input.isWhole ? leaksOfWhole(input, sealed) : await leaksOfSpoiled(input, sealed)
  return [...wrong, ...(await lost(input, sealed)), ...(await unfit(sealed))]
}

/** What must be true of a well-formed mail: each file is exactly a file, and nothing of it is in the copy. */
export function leaksOfWhole({ planted, ...input }: MailInput, { plan, files, copy }: Sealed): string[] {
  const wrong: string[] = []
  for (const marker of markersIn(copy, attachedIn(planted)))
    wrong.push(`the file with ${marker} can be found in the copy`)
  if (plan.copy === 'notice') {
    for (const marker of markersIn(copy, planted.texts))
      wrong.push(`the text with ${marker} can be found in the notice`)
  }
  if (input.private) {
    for (const name of markersIn(copy, planted.names)) wrong.push(`the file name ${name} can be found in the notice`)
  }
  const isWhole = plan.files.some(file => file.kind === 'mail' || file.kind === 'protected')
  if (isWhole !== planted.isSigned) wrong.push(`the mail is ${isWhole ? '' : 'not '}sealed whole`)
  if (isWhole) return wrong
  for (const { marker, content } of planted.files) {
    const same = files.filter(file => file.equals(content)).length
    if (same !== 1) wrong.push(`${same} files are exactly the one with ${marker}`)
    const holding = files.filter(file => markersIn(file, [marker]).size > 0).length
    if (holding !== 1) wrong.push(`${holding} files hold ${marker}`)
  }
  return wrong
}

/**
 * What must be true of a spoiled mail: what another reader still sees as an attached file, and nowhere else, is not in
 * the copy.
 */
async function leaksOfSpoiled({ bytes, planted }: MailInput, { plan, copy }: Sealed): Promise<string[]> {
  const secrets = [...attachedIn(planted), ...planted.texts]
  const shown = markersIn(copy, secrets)
  if (shown.size === 0) return []
  if (plan.copy === 'notice') return [...shown].map(marker => `${marker} can be found in the notice`)
  const options = { skipHtmlToText: true, skipTextToHtml: true, skipImageLinks: true }
  // It gives up on mails of more than 1,000 parts: then it sees no file either.
  const read = await simpleParser(bytes, options).catch(() => null)
  if (!read) return []
  const attached = read.attachments.filter(part => !part.related && part.contentType !== 'text/calendar')
  const texts = `${read.text ?? ''}${read.html || ''}`
  const inFiles = new Set(attached.flatMap(part => [...markersIn(part.content, shown)]))
  const elsewhere = markersIn(Buffer.concat([Buffer.from(texts), await shownImages(bytes)]), inFiles)
  return [...inFiles]
    .filter(marker => !elsewhere.has(marker))
    .map(marker => `${marker} is in an attached file to another reader, and in the copy`)
}

function attachedIn({ files, hidden }: MailInput['planted']): string[] {
  return [...files.map(file => file.marker), ...hidden]
}

/** Whatever can be found in the parts of the mail can be found in the copy or in a file. */
async function lost({ bytes, planted, isWhole }: MailInput, { files, copy }: Sealed): Promise<string[]> {
  // A line of uuencode that has been moved away from its begin cannot be found any more.
  const attached = attachedIn(isWhole ? planted : { ...planted, hidden: [] })
  const all = [...attached, ...planted.texts]
  const there = markersIn(await withoutMargins(bytes), all)
  // What only happened to decode can be found in what it decodes from.
  const encoded = files.map(file => Buffer.from(file.toString('base64')))
  for (const found of [copy, ...files, ...encoded]) {
    for (const marker of markersIn(found, there)) there.delete(marker)
  }
  return [...there].map(marker => `${marker} is neither in the copy nor in a file`)
}

/** What stands before the first and after the last part of each multipart: shown to nobody, and no part of the mail. */
async function marginsOf(bytes: Buffer): Promise<ByteRange[]> {
  const root = await split(mailFromBuffer(bytes)).catch(() => null)
  return (root ? allParts(root) : []).flatMap(({ body, children, closeAt }) => {
    const first = children[0]
    if (!first) return []
    return [
      { start: body.start, end: first.delimiterAt! },
      { start: closeAt!, end: body.end },
    ]
  })
}

async function withoutMargins(bytes: Buffer): Promise<Buffer> {
  const kept = Buffer.from(bytes)
  for (const { start, end } of await marginsOf(bytes)) kept.fill('-', start, end)
  return kept
}

/** Images that a text may show are no files, whatever is written into them. */
async function shownImages(bytes: Buffer): Promise<Buffer> {
  const root = await split(mailFromBuffer(bytes)).catch(() => null)
  const images = (root ? leaves(root) : []).filter(
    ({ contentId, contentType }) => contentId !== null && contentType.value.startsWith('image/'),
  )
  return Buffer.concat(images.flatMap(({ body }) => [bytes.subarray(body.start, body.end), Buffer.from('\r\n')]))
}

const wideCharset = /^(utf-?16|utf-?32|ucs)/

/** A copy can be read like the mail, has lines that may be sent, and shows the link. */
async function unfit({ plan, copy }: Sealed): Promise<string[]> {
  const wrong: string[] = []
  try {
    await split(mailFromBuffer(copy))
  } catch (error) {
    wrong.push(`the copy cannot be read: ${String(error)}`)
  }
  const isHidden = plan.slots.some(({ charset }) => wideCharset.test(charset))
  if (!isHidden && !readings(copy).some(text => text.includes(url))) wrong.push('the link cannot be found in the copy')
  return wrong
}
