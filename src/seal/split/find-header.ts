import { Failure } from '#failure.ts'
import type { Window } from './window.ts'
import type { ByteRange } from '#model.ts'

/** Of all parts of a mail together. */
export const maxHeaderBytes = 1024 * 1024

/** Where a header section is, without the blank line that ends it, and where the body below starts. */
export interface FoundHeader {
  header: ByteRange
  bodyStart: number
}

/**
 * Finds the blank line below the header section that starts at `at` and must end before `limit`. Only the mail
 * itself may do without (`isMail`): it then has no body (RFC 5322 section 2.1). Throws `MAIL_AMBIGUOUS`.
 */
export async function findHeader(
  window: Window,
  at: number,
  { limit, isMail }: { limit: number; isMail: boolean },
): Promise<FoundHeader> {
  const first = await window.slice(at, at + 2)
  if (first.equals(Buffer.from('\r\n'))) return { header: { start: at, end: at }, bodyStart: at + 2 }
  const end = await window.indexOf('\r\n\r\n', at, { keepFrom: at, limit })
  if (end !== -1) return { header: { start: at, end: end + 2 }, bodyStart: end + 4 }
  if (window.sizeBytes > limit) ambiguous('its headers are larger than 1 MiB or do not end')
  if (!isMail) ambiguous('a part has no blank line after its header')
  return { header: { start: at, end: window.sizeBytes }, bodyStart: window.sizeBytes }
}

function ambiguous(why: string): never {
  throw new Failure('MAIL_AMBIGUOUS', { why })
}
