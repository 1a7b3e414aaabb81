import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { rewrite } from '#courier/rewrite/rewrite.ts'
import { isFailure } from '#failure.ts'
import { classify, type Classified } from '#gateway/classify/classify.ts'
import { plan } from '#gateway/plan/plan.ts'
import { split } from '#gateway/split/split.ts'
import { senderName } from '#gateway/store/sender-name.ts'
import { findHeaderEnd, readHeaderFields } from '#mail/header-fields.ts'
import { mailFromBuffer, type MailSource } from '#mail/mail-source.ts'
import { allParts, type Part } from '#mail/part.ts'
import { piecesSize, readPieces } from '#mail/pieces.ts'
import { measureDecoded } from '#mail/transfer-encoding.ts'
import type { Plan, PlannedFile } from '#model.ts'
import { loadSettings } from '#settings/load-settings.ts'
import type { Settings } from '#settings/schema.ts'

interface ExplainOptions {
  configFile: string | undefined
  file: string
  to: string[]
  outFolder?: string
}

type Marked = Extract<Classified, { marked: true }>

/**
 * `kuvert explain`: prints what Kuvert would make of a mail, and writes the copies; touches neither database, storage
 * nor network. Returns 1 where the mail would be refused.
 */
export async function runExplain(options: ExplainOptions): Promise<number> {
  const settings = await loadSettings(options.configFile)
  const mail = withCrlf(await readFile(options.file))
  try {
    return await explain(settings, mail, options)
  } catch (error) {
    if (!isFailure(error)) throw error
    console.log(`Refused (${error.code}), and its sender is told:\n  ${error.message}`)
    return 1
  }
}

async function explain(settings: Settings, mail: Buffer, options: ExplainOptions): Promise<number> {
  const end = findHeaderEnd(mail)
  const section = readHeaderFields(end === -1 ? mail : mail.subarray(0, end))
  const recipients = (options.to.length > 0 ? options.to : ['somebody@example.org']).map(address => ({
    address,
    parameters: [],
  }))
  const envelope = { sender: senderName(section.fields, ''), parameters: [], recipients }
  const classified = classify(settings, { ...section, envelope, sizeBytes: mail.length, complete: true }, new Date())
  if (!classified.marked) {
    console.log('Not marked: it would be relayed as it is, with one Received field before it.')
    return 0
  }
  printOptions(classified)
  const source = mailFromBuffer(mail)
  const root = await split(source)
  const { changedSubject, removeFields } = classified
  const planSettings = { linkBlock: settings.courier.linkBlock, wholeMails: settings.classify.wholeMails }
  const planned = await plan(
    planSettings,
    { root, source },
    { private: classified.options.private, changedSubject, removeFields },
  )
  printParts(root, planned)
  const files = await Promise.all(planned.files.map(async file => ({ ...file, sizeBytes: await sizeOf(source, file) })))
  console.log('\nFiles:')
  for (const file of files) console.log(`  ${file.name}  (${file.kind}, ${file.mediaType}, ${file.sizeBytes} bytes)`)
  for (const recipient of recipients) {
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
        url: new URL('/l/AN-EXAMPLE-OF-A-LINK', settings.portal.url).href,
        recipient: recipient.address,
        isLocal: true,
      },
      organisation: settings.organisation,
    }
    await writeCopy(options.outFolder ?? '.', recipient.address, rewrite(facts, readPieces(source, planned.slim)))
  }
  return 0
}

function printOptions({ options, origins }: Marked): void {
  console.log('Marked. Options, and where each comes from:')
  const values = { ...options, max: options.max ?? 'unlimited', expiresAt: options.expiresAt.toISOString() }
  for (const [name, value] of Object.entries(values)) {
    const origin = Object.entries(origins).find(([option]) => name.startsWith(option))?.[1]
    console.log(`  ${name.padEnd(10)} ${String(value).padEnd(26)} ${origin ?? ''}`)
  }
}

function printParts(root: Part, planned: Plan): void {
  console.log(`\nParts (the copy is ${planned.copy === 'detach' ? 'the mail without its files' : 'a notice'}):`)
  for (const part of allParts(root).toSorted((one, other) => one.header.start - other.header.start)) {
    const fate = part.children.length > 0 ? '' : fateOf(part, planned)
    console.log(`  ${'  '.repeat(part.depth)}${part.contentType.value}  ${part.encoding}  ${fate}`)
  }
}

function fateOf(part: Part, planned: Plan): string {
  const index = planned.files.findIndex(file => 'range' in file.content && file.content.range.start === part.body.start)
  if (index !== -1) return `→ file ${planned.files[index]!.name}`
  return planned.copy === 'detach' ? 'kept' : 'sealed'
}

async function sizeOf(source: MailSource, { content }: PlannedFile): Promise<number> {
  return 'pieces' in content ? piecesSize(content.pieces) : measureDecoded(source, content.range, content.encoding)
}

async function writeCopy(folder: string, recipient: string, copy: AsyncIterable<Buffer>): Promise<void> {
  await mkdir(folder, { recursive: true })
  const path = join(folder, `copy-${recipient.replace(/[^\w.@-]/g, '_')}.eml`)
  const chunks: Buffer[] = []
  for await (const chunk of copy) chunks.push(chunk)
  await writeFile(path, Buffer.concat(chunks))
  console.log(`\nCopy for ${recipient}: ${path}`)
}

/** A file on disk has the line ends of its system; on the wire it would have CRLF. */
function withCrlf(mail: Buffer): Buffer {
  return Buffer.from(mail.toString('latin1').replace(/\r?\n/g, '\r\n'), 'latin1')
}
