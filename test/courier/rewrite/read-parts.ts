import iconv from 'iconv-lite'
import { simpleParser } from 'mailparser'

export interface ReadPart {
  type: string
  /** Decoded; CRLF line ends, as in the mail. */
  text: string
}

/**
 * The text of a mail of one part, or of each part of a multipart. Decoded here in the plainest way, because
 * mailparser tidies texts up; that mailparser reads the same mail is tested beside it.
 */
export async function readParts(mail: Buffer): Promise<ReadPart[]> {
  const source = mail.toString('latin1')
  const { head, body } = cutHead(source)
  const boundary = /boundary="?([^";\r\n]+)/i.exec(head)?.[1]
  if (boundary === undefined) return [readPart(head, body)]
  const pieces = body.split(`--${boundary}`)
  expectEnd(pieces.pop())
  await simpleParser(mail)
  return pieces.slice(1).map(piece => {
    const part = cutHead(piece.replace(/^\r\n/, '').replace(/\r\n$/, ''))
    return readPart(part.head, part.body)
  })
}

function cutHead(source: string): { head: string; body: string } {
  const end = source.indexOf('\r\n\r\n')
  return { head: source.slice(0, end), body: source.slice(end + 4) }
}

function readPart(head: string, body: string): ReadPart {
  const encoding = /^content-transfer-encoding: *(\S+)/im.exec(head)?.[1] ?? '7bit'
  const charset = /charset="?([^";\r\n]+)/i.exec(head)?.[1] ?? 'us-ascii'
  return {
    type: /^content-type: *([^;\r\n]+)/im.exec(head)?.[1] ?? 'text/plain',
    text: iconv.decode(decode(encoding, body), charset),
  }
}

function decode(encoding: string, body: string): Buffer {
  if (encoding === 'base64') {
    if (/=/.test(body.trim().slice(0, -2))) throw new Error('padding within base64')
    return Buffer.from(body, 'base64')
  }
  if (encoding !== 'quoted-printable') return Buffer.from(body, 'latin1')
  if (body.split('\r\n').some(line => line.length > 76 || /[ \t]$/.test(line))) throw new Error('bad quoted-printable')
  const unfolded = body.replace(/=\r\n/g, '')
  return Buffer.from(
    unfolded.replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))),
    'latin1',
  )
}

function expectEnd(piece: string | undefined): void {
  if (!piece?.startsWith('--\r\n')) throw new Error('the last boundary is missing')
}
