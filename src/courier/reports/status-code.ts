import type { ToReport } from '#database/reports.ts'

/** The status (RFC 3463) of one recipient: the one in the next hop's reply (`550 5.1.1 No such user`), or a general one. */
export function statusCode(toReport: ToReport, reply: string): string {
  switch (toReport) {
    case 'refused':
      return /^5\d\d (5\.\d{1,3}\.\d{1,3})(?!\S)/.exec(reply)?.[1] ?? '5.0.0'
    case 'given-up':
      // RFC 3463 section 3.5: the time for delivery is over. We have given up, so that it is permanent.
      return '5.4.7'
    case 'dropped':
      return '5.0.0'
    case 'delayed':
      return /^4\d\d (4\.\d{1,3}\.\d{1,3})(?!\S)/.exec(reply)?.[1] ?? '4.0.0'
    case 'relayed':
      return /^2\d\d (2\.\d{1,3}\.\d{1,3})(?!\S)/.exec(reply)?.[1] ?? '2.0.0'
  }
}
