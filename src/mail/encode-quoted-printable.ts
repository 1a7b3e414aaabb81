import { encode, wrap } from 'nodemailer/lib/qp'

/** CRLF text as quoted-printable (RFC 2045 section 6.7): its line ends stay line ends, lines of at most 76 end with CRLF. */
export function quotedText(bytes: Buffer): string {
  const lines = bytes.toString('latin1').replace(/\r\n$/, '').split('\r\n')
  return lines.map(line => `${quoted(Buffer.from(line, 'latin1'))}\r\n`).join('')
}

/** The same for bytes whose line ends are more than CR and LF (UTF-16): they are data, so every line break is a soft one. */
export function quotedBinary(bytes: Buffer): string {
  return `${quoted(bytes)}=\r\n`
}

/** No hard line ends; at most 75 characters a line, which leaves room for one more `=`. */
function quoted(bytes: Buffer): string {
  return wrap(encode(bytes).replaceAll('\r', '=0D').replaceAll('\n', '=0A'), 75)
}
