/** How often something may be encoded within something that is encoded: a file in a mail in a mail. */
const depth = 3

/**
 * Everything that bytes may be read as: themselves, and whatever in them can be taken for base64, quoted-printable
 * or uuencode, again and again. Lenient on purpose: it looks for what anybody might find.
 */
export function readings(bytes: Buffer): string[] {
  const found = [bytes.toString('latin1')]
  let latest = found
  for (let level = 1; level < depth; level += 1) {
    latest = latest.flatMap(text => [...base64Readings(text), ...quotedReadings(text), ...uuReadings(text)])
    found.push(...latest)
  }
  return found
}

/** Those of the markers that can be found in the bytes, however encoded. */
export function markersIn(bytes: Buffer, markers: Iterable<string>): Set<string> {
  const texts = readings(bytes)
  return new Set([...markers].filter(marker => texts.some(text => text.includes(marker))))
}

/** Every run of the alphabet, from each of the four places at which a quantum may begin. */
function base64Readings(text: string): string[] {
  // Split, not matched: a match as long as a mail is more than the regular expression can go back over.
  const runs = text.split(/[^A-Za-z0-9+/\r\n\t ]/)
  const bare = runs.map(run => run.replace(/\s+/g, '')).filter(run => run.length >= 20)
  if (bare.length === 0) return []
  return [0, 1, 2, 3].map(start =>
    bare.map(run => Buffer.from(run.slice(start), 'base64').toString('latin1')).join('\n'),
  )
}

function quotedReadings(text: string): string[] {
  if (!/=[0-9A-Fa-f]{2}|=[ \t]*\r?\n/.test(text)) return []
  const joined = text.replace(/=[ \t]*\r?\n/g, '')
  return [joined.replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))]
}

function uuReadings(text: string): string[] {
  const begin = /^begin [0-7]{3}/m.exec(text)
  if (!begin) return []
  const lines = text.slice(begin.index).split(/\r?\n/).slice(1)
  return [lines.map(uuLine).join('')]
}

function uuLine(line: string): string {
  let decoded = ''
  for (let at = 1; at + 3 < line.length; at += 4) {
    const [a, b, c, d] = [0, 1, 2, 3].map(offset => (line.charCodeAt(at + offset) - 32) & 63) as [
      number,
      number,
      number,
      number,
    ]
    decoded += String.fromCharCode((a << 2) | (b >> 4), ((b & 15) << 4) | (c >> 2), ((c & 3) << 6) | d)
  }
  return decoded
}
