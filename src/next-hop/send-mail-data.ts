import { createDotStuffer } from './dot-stuffing.ts'
import type { Reply } from './next-hop.ts'
import type { Chunks } from '#platform/chunks.ts'
import { keepQuiet, readSource } from './read-source.ts'
import type { Line } from './smtp-line.ts'

/** RFC 5321 section 4.5.3.2.6: whoever gives up sooner makes the next hop deliver the mail twice. */
const finalReplySeconds = 600

/**
 * DATA, as `NextHopSession.data` promises it, and whether that ended the transaction. A refusal in the middle
 * of the mail ends the source and is the reply. Whenever bytes were sent but not the dot, the line is destroyed.
 */
export async function sendMailData(
  line: Line,
  source: Chunks,
  timeoutSeconds: number,
): Promise<{ reply: Reply; ended: boolean }> {
  const leaveUnread = keepQuiet(source)
  const goAhead = await line.command('DATA', timeoutSeconds)
  if (goAhead.code !== 354) {
    leaveUnread()
    if (goAhead.code < 400) throw line.destroy(new Error(`The answer to DATA makes no sense: ${inWords(goAhead)}`))
    return { reply: goAhead, ended: false }
  }
  let interrupted = !line.isQuiet()
  line.onNews(() => {
    interrupted = true
    source.destroy()
  })
  const stuff = createDotStuffer()
  try {
    await readSource(source, chunk => line.write(stuff(chunk)))
  } catch (error) {
    // After an interruption, what becomes of the source is our doing.
    if (!interrupted) {
      line.destroy(error as Error)
      throw error
    }
  } finally {
    line.onNews(undefined)
  }
  if (interrupted) {
    source.destroy()
    return { reply: await readRefusal(line), ended: true }
  }
  await line.write('.\r\n')
  return { reply: await line.readReply('the end of the mail', finalReplySeconds), ended: true }
}

/** The answer that came before the final dot. Only a refusal makes sense there: nothing else may look like success. */
async function readRefusal(line: Line): Promise<Reply> {
  const reply = await line.readReply('the mail', 0)
  const lost = line.destroy(new Error(`The next hop answered in the middle of the mail: ${inWords(reply)}`))
  if (reply.code < 400) throw lost
  return reply
}

function inWords(reply: Reply): string {
  return `${reply.code} ${reply.lines.join(' ')}`
}
