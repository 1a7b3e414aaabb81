import { humanSize } from '#texts/human-size.ts'
import type { Plan } from '#model.ts'
import { indented } from './lines.ts'
import type { HashedFile } from './hash-files.ts'

/** Each file with its name, type, size and SHA-256. */
export function showFiles(files: HashedFile[]): string[] {
  return ['Files', ...files.flatMap(showFile)]
}

function showFile({ name, mediaType, kind, sizeBytes, sha256, stillEncoded }: HashedFile, index: number): string[] {
  const exact = sizeBytes < 1024 ? '' : ` (${sizeBytes} bytes)`
  return [
    ...indented(`${index + 1}: ${name}`, 2, 5),
    ...indented(`${mediaType}, ${humanSize(sizeBytes, 'en')}${exact}${kindWords[kind]}`, 5),
    ...(stillEncoded ? indented('Its encoding is broken: the file is the part as it was encoded.', 5) : []),
    // By itself, as a whole: for looking it up.
    `     SHA-256 ${sha256}`,
  ]
}

const kindWords: Record<HashedFile['kind'], string> = {
  attachment: '',
  body: ': the text of the mail, sealed',
  mail: ': the whole mail, whose parts cannot be told',
  protected: ': the whole mail, which is signed or encrypted',
}

/** What the copies are, and why, where that was not asked for. */
export function showCopyKind({ copy, files }: Plan, isPrivate: boolean): string[] {
  if (copy === 'detach') return indented('The mail without these files, with a link block for each recipient.')
  const notice = 'A notice with the subject and a link, instead of the mail.'
  if (isPrivate || files.some(({ kind }) => kind === 'mail' || kind === 'protected')) return indented(notice)
  const hasAttachments = files.some(({ kind }) => kind === 'attachment')
  const why = hasAttachments
    ? 'The text is sealed although private was not asked for: it cannot be changed without guessing.'
    : 'The text is sealed although private was not asked for: there is no file, so it is all that can be secured.'
  return indented(`${notice} ${why}`)
}
