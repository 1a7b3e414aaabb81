/** RFC 3463 section 3.5: the time for delivery is over. We have given up, so that it is permanent. */
export const timeExpired = '5.4.7'

/** The status (RFC 3463) in a reply that refused a copy for good: `550 5.1.1 No such user`. */
export function statusCode(reply: string): string {
  return /^5\d\d (5\.\d{1,3}\.\d{1,3})(?!\S)/.exec(reply)?.[1] ?? '5.0.0'
}
