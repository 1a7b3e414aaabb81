import { removal, type Edit } from './edits.ts'
import type { MailSource } from '#mail/mail-source.ts'
import { findParameter } from '#mail/parameters.ts'
import { allParts, isMultipart, type Part } from '#mail/part.ts'
import type { ByteRange } from '#model.ts'

/**
 * What a multipart has before its first and behind its last boundary line (RFC 2046 section 5.1.1). Nobody is shown
 * either, so that both may hold anything.
 */
export function marginsOf({ body, children, closeAt, contentType }: Part): {
  preamble: ByteRange
  epilogue: ByteRange
} {
  const boundary = findParameter(contentType, 'boundary')!.value
  return {
    preamble: { start: body.start, end: children[0]!.delimiterAt! },
    epilogue: { start: closeAt! + `--${boundary}--`.length, end: body.end },
  }
}

/** True if no more than the end of the boundary line is there. */
export async function isEmptyEpilogue(source: MailSource, { start, end }: ByteRange): Promise<boolean> {
  return end - start === 0 || (end - start === 2 && (await endsLine(source, { start, end })))
}

/** Takes out the preambles and epilogues of those multiparts that stay. A mail still ends with a line end. */
export async function marginRemovals(
  source: MailSource,
  root: Part,
  isKept: (multipart: Part) => boolean,
): Promise<Edit[]> {
  const edits: Edit[] = []
  for (const part of allParts(root)) {
    if (!isMultipart(part) || !isKept(part)) continue
    const { preamble, epilogue } = marginsOf(part)
    if (preamble.end > preamble.start) edits.push(removal(preamble.start, preamble.end))
    if (await isEmptyEpilogue(source, epilogue)) continue
    edits.push({ range: epilogue, bytes: Buffer.from((await endsLine(source, epilogue)) ? '\r\n' : '') })
  }
  return edits
}

async function endsLine(source: MailSource, { start, end }: ByteRange): Promise<boolean> {
  return (await source.read({ start: Math.max(start, end - 2), end })).toString('latin1') === '\r\n'
}
