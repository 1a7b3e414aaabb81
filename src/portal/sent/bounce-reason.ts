/** Why a copy did not arrive, as far as it can be told without knowing mail servers. */
export type BounceReason =
  'unknown address' | 'mailbox full' | 'too large' | 'not allowed' | 'in vain' | 'ended' | 'other'

/** What replies mean: by their status code (RFC 3463), and by words that servers without them use. */
const reasons: [BounceReason, RegExp][] = [
  ['in vain', /^4\d\d\b|^The next mail server cannot be reached\.$/],
  ['ended', /^The message (?:was withdrawn|expired)\b/],
  ['unknown address', /^5\d\d[ -]5\.(?:1\.\d+|2\.1)\b/],
  ['mailbox full', /^5\d\d[ -]5\.2\.2\b/],
  ['too large', /^5\d\d[ -]5\.(?:2\.3|3\.4)\b/],
  ['not allowed', /^5\d\d[ -]5\.7\.\d+\b/],
  ['unknown address', /user unknown|unknown user|no such (?:user|recipient|mailbox)|does not exist/i],
]

/** What the last words on a copy mean: a reply of the next hop (`550 5.1.1 No such user`), or a sentence of the courier's. */
export function bounceReason(reply: string | null): BounceReason {
  // Without any reply, it was stopped by the admin before it was tried.
  if (reply === null) return 'in vain'
  return reasons.find(([, pattern]) => pattern.test(reply))?.[0] ?? 'other'
}

/** The next hop's own words, to pass on to whoever can make something of them; null where there are none. */
export function serverReply(reply: string | null): string | null {
  return reply !== null && /^[245]\d\d\b/.test(reply) ? reply : null
}

/** Whether a copy is on its way still because no mail server could be reached, in the words of the courier. */
export function isAway(reply: string | null): boolean {
  return reply === 'The next mail server cannot be reached.'
}
