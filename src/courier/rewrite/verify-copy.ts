import { Failure } from '#failure.ts'
import { fieldsNamed, findHeaderEnd, readHeaderFields } from '#mail/header-fields.ts'

/** Marked mails with more than 1 MiB were refused; our own few fields come on top. */
const maxHeaderBytes = 2 * 1024 ** 2

/** Fields that Kuvert writes: two of them are a mistake of ours. */
const ourFields = ['subject', 'mime-version', 'content-type', 'content-transfer-encoding']
/** Fields that only the sender writes, at most once (RFC 5322 section 3.6). */
const theirFields = ['from', 'date', 'message-id']

/**
 * Passes on a copy, and checks on the way that it is a mail: all line ends are CRLF, the last line is ended, the
 * header section has an end, and no field of which there may be one is there twice. Throws before a chunk that is
 * wrong is passed on, at the latest before the end, so that the next hop keeps nothing of it: `MAIL_AMBIGUOUS` where
 * the sender wrote it so, and can be told. A field that the sender left out, a line of theirs that is too long, and
 * 8-bit letters in their header are for the next hop to judge: `rewrite` adds neither.
 */
export async function* verifyCopy(copy: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const lineEnds = checkLineEnds()
  let header: Buffer | null = Buffer.alloc(0)
  for await (const chunk of copy) {
    lineEnds.add(chunk)
    if (header) header = checkHeader(Buffer.concat([header, chunk]))
    yield chunk
  }
  if (header) throw new Error('The copy would have no end of its header section')
  lineEnds.end()
}

/** Null once the header section has ended, and is as it should be. */
function checkHeader(bytes: Buffer): Buffer | null {
  const end = findHeaderEnd(bytes)
  if (end === -1) {
    if (bytes.length > maxHeaderBytes) throw new Error('The copy would have an endless header section')
    return bytes
  }
  const { fields } = readHeaderFields(bytes.subarray(0, end))
  const isDoubled = (name: string) => fieldsNamed(fields, name).length > 1
  const ours = ourFields.find(isDoubled)
  if (ours) throw new Error(`The copy would have two ${ours} fields`)
  const theirs = theirFields.find(isDoubled)
  if (theirs) throw new Failure('MAIL_AMBIGUOUS', { why: `it has two ${theirs} fields` })
  return null
}

const carriageReturn = 0x0d
const lineFeed = 0x0a

function checkLineEnds() {
  let last = -1
  let returns = 0
  let feeds = 0

  function add(chunk: Buffer): void {
    for (let at = chunk.indexOf(lineFeed); at !== -1; at = chunk.indexOf(lineFeed, at + 1)) {
      if ((at === 0 ? last : chunk[at - 1]) !== carriageReturn) throw new Error('The copy would have a bare line feed')
      feeds += 1
    }
    for (let at = chunk.indexOf(carriageReturn); at !== -1; at = chunk.indexOf(carriageReturn, at + 1)) returns += 1
    last = chunk.at(-1) ?? last
    // Every line feed follows a carriage return of its own; any other than one at the very end is bare.
    if (returns - (last === carriageReturn ? 1 : 0) !== feeds)
      throw new Error('The copy would have a bare carriage return')
  }

  function end(): void {
    if (last !== lineFeed) throw new Error('The copy would have an unfinished last line')
  }

  return { add, end }
}
