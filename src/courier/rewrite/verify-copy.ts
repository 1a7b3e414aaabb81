import { fieldsNamed, findHeaderEnd, readHeaderFields } from '#mail/header-fields.ts'

/** Marked mails with more than 1 MiB were refused; our own few fields come on top. */
const maxHeaderBytes = 2 * 1024 ** 2

/** RFC 5322 section 3.6: at most one of each. A client may leave out all but From; Kuvert must not double any. */
const singleFields = ['from', 'message-id', 'date', 'subject', 'mime-version', 'content-type']

/**
 * Passes on a copy, and checks on the way that it is a mail: all line ends are CRLF, the last line is ended, the
 * header section has an end, one From, and no second Message-ID, Date, Subject or Content-Type. Throws before a
 * chunk that is wrong is passed on, at the latest before the end, so that the next hop keeps nothing of it. Long
 * lines and 8-bit header fields are the sender's own: `rewrite` adds neither.
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
  for (const name of singleFields) {
    const count = fieldsNamed(fields, name).length
    if (count > 1 || (count === 0 && name === 'from')) throw new Error(`The copy would have ${count} ${name} fields`)
  }
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
