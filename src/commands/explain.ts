import { Readable } from 'node:stream'
import { isFailure, isTold, type Failure } from '#failure.ts'
import { classify, type Classified } from '#gateway/classify/classify.ts'
import { planOnly } from '#seal/seal-mail.ts'
import { arrivedOf } from '#gateway/data/arrived.ts'
import { readArrivingMail } from '#gateway/data/arriving-mail.ts'
import { readHeaderFields } from '#mail/header-fields.ts'
import type { MailSource } from '#mail/mail-source.ts'
import { loadSettings } from '#settings/load-settings.ts'
import type { Settings } from '#settings/schema.ts'
import { humanSize } from '#texts/human-size.ts'
import { wordsOf, type Tongue } from '#texts/words.ts'
import { findMarks } from '#commands/explain/find-mark.ts'
import { guessEnvelope, type GuessedEnvelope } from '#commands/explain/guess-envelope.ts'
import { counted, indented, labelled, type Print } from '#commands/explain/lines.ts'
import { hashFiles } from '#commands/explain/hash-files.ts'
import { openMail, UnreadableMail, type OpenMail } from '#commands/explain/open-mail.ts'
import { showAcceptance, showRefusal, showRelay } from '#commands/explain/show-answer.ts'
import { showCopyKind, showFiles } from '#commands/explain/show-files.ts'
import { showMark, showNoMark } from '#commands/explain/show-mark.ts'
import { showOptions } from '#commands/explain/show-options.ts'
import { showParts } from '#commands/explain/show-parts.ts'
import { copyBytes, writeCopy, writeFileOf, type CopyToWrite } from '#commands/explain/write-copies.ts'

/** What is explained, for whom, and where the copies go; without a folder they are only described. */
export interface Asked {
  file: string
  to: string[]
  outFolder?: string
}

type Marked = Extract<Classified, { marked: true }>

/**
 * `kuvert explain`: prints what Kuvert would make of a mail, and writes the copies; touches neither database, storage
 * nor network. Returns 1 where the mail would be refused, 2 where there is no mail in the file.
 */
export async function runExplain({ configFile, ...asked }: Asked & { configFile: string | undefined }) {
  const settings = await loadSettings(configFile)
  try {
    return await explain(settings, asked, line => console.log(line))
  } catch (error) {
    if (!(error instanceof UnreadableMail)) throw error
    console.error(error.message)
    return 2
  }
}

/** The same with settings that are loaded; each line goes to `print`. Throws `UnreadableMail`. */
export async function explain(settings: Settings, asked: Asked, print: Print): Promise<number> {
  const mail = await openMail(asked.file)
  try {
    return await explainMail(settings, mail, asked, print)
  } finally {
    await mail.close()
  }
}

async function explainMail(settings: Settings, mail: OpenMail, asked: Asked, print: Print): Promise<number> {
  const printAll = (lines: string[]) => lines.forEach(line => print(line))
  try {
    printAll(showFile(mail, asked))
    const { envelope, classified, arrived, now } = await receive(settings, mail.source, asked, printAll)
    print('')
    const marks = findMarks(settings.classify, arrived)
    if (!classified.marked) {
      printAll([...showNoMark(marks, settings.classify), '', ...showRelay()])
      return 0
    }
    const { options, origins, changedSubject } = classified
    printAll(showMark(marks, settings.classify))
    if (changedSubject !== null) printAll(labelled('Subject', `${changedSubject || '(empty)'} (in the copies)`))
    printAll(['', ...showOptions(options, origins, now), ''])
    await explainMarked({ settings, source: mail.source, envelope, classified, asked }, printAll)
    return 0
  } catch (error) {
    if (!isTold(error, 'smtp')) throw error
    printAll(['', ...showRefusal(error, settings.language)])
    return 1
  }
}

function showFile({ source, hadFromLine, hadLineFeeds }: OpenMail, { file }: Asked): string[] {
  const changes = [
    ...(hadFromLine ? ['without the line "From …" above it'] : []),
    ...(hadLineFeeds ? ['with CRLF for the line feeds of the file'] : []),
  ]
  const read = changes.length === 0 ? '' : `, ${changes.join(', ')}`
  return labelled('File', `${file}, ${humanSize(source.sizeBytes, 'en')} as sent${read}`)
}

/** Takes the mail in as the gateway does, in the same order, so that of several reasons to refuse it the same one counts. */
async function receive(settings: Settings, source: MailSource, asked: Asked, printAll: (lines: string[]) => void) {
  const stream = Readable.from(source.stream({ start: 0, end: source.sizeBytes }))
  try {
    const mail = await readArrivingMail(stream, settings.gateway.limits)
    const section = readHeaderFields(mail.headerSection)
    const envelope = guessEnvelope(section.fields, asked.to)
    printAll(showEnvelope(envelope))
    const now = new Date()
    const arrived = arrivedOf(envelope, mail, source.sizeBytes)
    const classified = classify(settings, arrived, now)
    // Line ends are checked while the bytes go by.
    for await (const _ of mail.bytes());
    return { envelope, arrived, classified, now }
  } finally {
    stream.destroy()
  }
}

function showEnvelope({ sender, recipients, recipientsFrom }: GuessedEnvelope): string[] {
  const to =
    recipients.length === 0 ? 'nobody: name recipients with --to' : recipients.map(each => each.address).join(', ')
  const guessed = recipientsFrom === 'asked' || recipients.length === 0 ? '' : ' (as in To and Cc)'
  return [...labelled('From', sender === '' ? 'nobody' : `${sender} (as in From)`), ...labelled('To', to + guessed)]
}

interface ToExplain {
  settings: Settings
  source: MailSource
  envelope: GuessedEnvelope
  classified: Marked
  asked: Asked
}

async function explainMarked(
  { settings, source, envelope, classified, asked }: ToExplain,
  printAll: (lines: string[]) => void,
): Promise<void> {
  const wanted = { ...classified, envelope, senderAccount: null }
  const { message: row, plan: planned, root, why } = await planOnly(settings, source, wanted)
  const files = await hashFiles(source, planned.files)
  const parts = root ? await showParts(source, root, planned) : showUnclear(why!)
  printAll([...parts, '', ...showFiles(files), ''])
  const { options } = classified
  const isLocal = options.login !== 'none'
  const message = { ...row, slots: row.slimSlots }
  const url = new URL('/l/THIS-IS-AN-EXAMPLE-AND-LEADS-NOWHERE', settings.portal.url).href
  printAll(['Copies', ...showCopyKind(planned, options.private)])
  for (const [index, { address }] of envelope.recipients.entries()) {
    const facts = { message, files, link: { url, recipient: address, isLocal }, organisation: settings.organisation }
    printAll(await showCopy(index + 1, { facts, source, slim: planned.slim }, asked.outFolder))
  }
  if (asked.outFolder === undefined) {
    printAll(indented('Nothing is written; --out FOLDER writes the copies and the files.'))
  } else {
    for (const [index, file] of files.entries()) await writeFileOf(asked.outFolder, index + 1, source, file)
    const written = `The ${counted(files.length, 'file')} above can be found there as well.`
    printAll(indented(`${written} What is sent has a Received field more, and links that lead somewhere.`))
  }
  if (isLocal) {
    const assumed = 'The directory is not asked: the recipients are taken for people who can log in.'
    printAll(indented(assumed))
  }
  printAll(['', ...showAcceptance()])
}

function showUnclear(failure: Failure): string[] {
  const sentence = `They cannot be told without guessing, because ${whyUnclear(failure)}. The mail is sealed whole.`
  return ['Parts', ...indented(sentence)]
}

/** Says why the parts of a mail cannot be told. */
function whyUnclear(failure: Failure): string {
  const english: Tongue = { language: 'en', letters: true }
  if (isFailure(failure, 'MAIL_AMBIGUOUS')) return wordsOf(failure.details.why, english)
  if (isFailure(failure, 'MAIL_UNSUPPORTED')) return `it contains ${wordsOf(failure.details.what, english)}`
  throw failure
}

/** Goes through the whole copy in any case, as what would go wrong in sending it goes wrong here. */
async function showCopy(number: number, copy: CopyToWrite, folder: string | undefined): Promise<string[]> {
  const { sizeBytes, bytes } = copyBytes(copy)
  const about = `${copy.facts.link.recipient}, ${humanSize(sizeBytes, 'en')}`
  // A path stays in one piece, however long, so that it can be copied.
  if (folder !== undefined) return [...indented(about, 4), `      ${await writeCopy(folder, number, copy)}`]
  for await (const _ of bytes);
  return indented(about, 4)
}
