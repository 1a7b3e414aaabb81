import { isIPv6 } from 'node:net'
import type { Client, Transaction } from '#gateway/accept/client.ts'

/**
 * The one field that Kuvert puts before every mail (RFC 5321 section 4.4). A recipient is named only where there
 * is no other, so that nobody's copy names another.
 */
export function receivedField(hostname: string, client: Client, transaction: Transaction, now: Date): Buffer {
  const { id, recipients } = transaction
  const address = isIPv6(client.remoteAddress) ? `IPv6:${client.remoteAddress}` : client.remoteAddress
  const only = recipients.length === 1 ? ` for <${printable(recipients[0]!.address)}>` : ''
  const lines = [
    `Received: from ${printable(client.greeting) || 'unknown'} ([${address}])`,
    `\tby ${hostname} (Kuvert) with ${client.protocol} id ${id}${only};`,
    `\t${smtpDate(now)}`,
    '',
  ]
  return Buffer.from(lines.join('\r\n'), 'utf8')
}

let lastSecond = NaN
let lastDate = ''

/** A date as RFC 5322 section 3.3 wants it, in UTC; written once for all mails of a second. */
function smtpDate(date: Date): string {
  const second = Math.floor(date.getTime() / 1000)
  if (second !== lastSecond) lastDate = date.toUTCString().replace('GMT', '+0000')
  lastSecond = second
  return lastDate
}

function printable(text: string): string {
  return text.replace(/[^\x21-\x7e\u00a1-\uffff]|[()<>]/g, '').slice(0, 255)
}
