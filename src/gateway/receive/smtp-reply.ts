import { failures, type Failure } from '#failure.ts'
import type { Reply } from '#next-hop/next-hop.ts'

/** The SMTP reply for a failure: both codes come from the one entry of the catalogue. */
export function replyFor(failure: Failure): Reply {
  const kind = failures[failure.code]
  const enhanced = `${Math.floor(kind.smtp / 100)}.${kind.enhanced}`
  return { code: kind.smtp, lines: fold(failure.message).map(line => `${enhanced} ${line}`) }
}

/** The reply for anything else that was thrown: our bug or an outage. Mail never bounces because of us. */
export function replyForFault(id: string): Reply {
  return { code: 451, lines: [`4.3.0 Not accepted now: something went wrong here (${id}); try again later.`] }
}

// RFC 5321 section 4.5.3.1.5: a reply line has at most 512 octets.
const maxLineCharacters = 200

function fold(sentence: string): string[] {
  const lines: string[] = []
  for (const word of sentence.split(' ')) {
    const line = lines.at(-1)
    if (line !== undefined && line.length + 1 + word.length <= maxLineCharacters)
      lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines
}
