import { leaves, type Part } from '#mail/part.ts'
import { htmlBlock, parse, planned, sha256, textBlock, type Marked } from '../support/planned.ts'
import type { Policy, PythonLeaf, PythonReader } from './python-reader.ts'

/** A mail, what became of it, and each file as a mail of its own with the part's own type and disposition. */
interface Compared {
  mail: Buffer
  /** The copy, or the sealed text or mail that stands for it. */
  kept: Buffer
  files: Buffer[]
}

/**
 * Asks readers that share no code with us: what they find in the mail must be what they find in the files and in
 * what is kept. Returns what they disagree about: `compat32: texts`. Throws what planning throws.
 */
export async function disagreements(
  python: PythonReader | null,
  mail: Buffer,
  marked: Partial<Marked> = {},
): Promise<string[]> {
  const made = await planned(mail, marked)
  const sealed = made.files.find(({ file }) => file.kind !== 'attachment')
  const attached = made.files.filter(({ file }) => file.kind === 'attachment')
  const compared: Compared = {
    mail,
    kept: sealed ? sealed.bytes : made.copy,
    files: attached.map(({ bytes, file }) => {
      const { content } = file
      const part = leaves(made.root!).find(({ body }) => 'range' in content && content.range.start === body.start)
      return asMail(mail, part!, bytes)
    }),
  }
  return [...(python ? await askPython(python, compared) : []), ...(await askMailparser(compared))]
}

/** In base64, so that it comes out exactly; which is not for a mail within a mail (RFC 2046 section 5.2.1). */
function asMail(mail: Buffer, part: Part, content: Buffer): Buffer {
  const described = part.fields
    .filter(({ name }) => ['content-type', 'content-disposition', 'content-id'].includes(name))
    .map(({ range }) => mail.toString('latin1', part.header.start + range.start, part.header.start + range.end))
  const isMessage = part.contentType.value.startsWith('message/')
  const type = described.some(field => /^content-type/i.test(field))
    ? ''
    : `Content-Type: ${part.contentType.value}\r\n`
  const encoding = isMessage ? '8bit' : 'base64'
  const header = `${type}${described.join('')}Content-Transfer-Encoding: ${encoding}\r\nMIME-Version: 1.0\r\n\r\n`
  const body = isMessage ? content : Buffer.from(content.toString('base64').replace(/.{76}/g, '$&\r\n'))
  return Buffer.concat([Buffer.from(header, 'latin1'), body])
}

async function askPython(python: PythonReader, { mail, kept, files }: Compared): Promise<string[]> {
  const [original, copy] = [await python.read(mail), await python.read(kept)]
  const readFiles = await Promise.all(files.map(file => python.read(file)))
  return (['compat32', 'default'] as const).flatMap((policy: Policy) => {
    const before = original[policy]
    const after = copy[policy]
    const detached = readFiles.map(file => file[policy])
    if (typeof before === 'string' || typeof after === 'string') return [`${policy}: ${String(before)}`]
    const found = compareLeaves(
      before,
      after,
      detached.flatMap(file => (typeof file === 'string' ? [] : file)),
    )
    return found === null ? [] : [`${policy}: ${found}`]
  })
}

/** Every leaf of the mail is a file, or is kept; in order. */
function compareLeaves(before: PythonLeaf[], after: PythonLeaf[], files: PythonLeaf[]): string | null {
  const left = [...before]
  for (const file of files) {
    // Of leaves that are alike, the text comes first and the file later.
    const index = left.findLastIndex(each => each.sha256 === file.sha256 && each.type === file.type)
    if (index === -1) return 'files'
    left.splice(index, 1)
  }
  const kept = left.map(describe)
  const found = after.map(describe)
  // Where nothing is kept, the copy is an empty text of ours.
  if (kept.length === 0 && found.join() === 'text/plain ') return null
  return kept.join('\n') === found.join('\n') ? null : 'kept parts'
}

function describe({ type, text, sha256: hash }: PythonLeaf): string {
  return text === null ? `${type} ${hash}` : `${type} ${words(text)}`
}

async function askMailparser({ mail, kept, files }: Compared): Promise<string[]> {
  const [before, after] = [await parse(mail), await parse(kept)]
  const detached = await Promise.all(files.map(parse))
  const attachments = [after, ...detached].flatMap(read => read.attachments.map(part => sha256(part.content)))
  const expected = before.attachments.map(part => sha256(part.content))
  const found: string[] = []
  if (expected.toSorted().join() !== attachments.toSorted().join()) found.push('mailparser: files')
  // What it takes for text, though it is a file, is shown among the text of the original.
  const texts = detached.flatMap(read => [read.text ?? '', read.html || '']).filter(text => words(text) !== '')
  if (texts.length === 0 && words(shown(before)) !== words(shown(after))) found.push('mailparser: texts')
  for (const text of texts) if (!words(shown(before)).includes(words(text))) found.push('mailparser: texts of files')
  return found
}

function shown(read: Awaited<ReturnType<typeof parse>>): string {
  return `${read.text ?? ''} ${read.html || ''}`
}

/** Without the block and without blanks. */
function words(text: string): string {
  return text
    .replaceAll(htmlBlock, '')
    .replaceAll(textBlock, '')
    .replaceAll(textBlock.replace('Å', ''), '')
    .replace(/[\s\ufeff\0]+|<br\/>/g, '')
}
