import type { ReplyReason } from '#model.ts'

/** Refusals by their status code (RFC 3463), and by the words of servers that send none. */
const refusals: [ReplyReason, RegExp][] = [
  ['unknown-address', /^5\d\d[ -]5\.(?:1\.\d+|2\.1)\b/],
  ['mailbox-full', /^5\d\d[ -]5\.2\.2\b/],
  ['too-large', /^5\d\d[ -]5\.(?:2\.3|3\.4)\b/],
  ['not-allowed', /^5\d\d[ -]5\.7\.\d+\b/],
  ['unknown-address', /user unknown|unknown user|no such (?:user|recipient|mailbox)|does not exist/i],
]

/** The reason that a refusal of the next hop gives: `550 5.1.1 No such user` is an unknown address. */
export function replyReason(reply: string): ReplyReason {
  if (reply.startsWith('4')) return 'deferred'
  return refusals.find(([, pattern]) => pattern.test(reply))?.[0] ?? 'refused'
}
