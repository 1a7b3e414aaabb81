import { once } from 'node:events'
import { isIP, type Socket } from 'node:net'

/** Version 1 of the PROXY protocol, section 2.1: 107 bytes with its CRLF. */
const maxLineBytes = 107
const LF = 0x0a

/**
 * Reads the line with which a balancer says whom it speaks for, and leaves what follows in the socket. Returns the
 * address, or null where the balancer does not know (`PROXY UNKNOWN`). Throws an `Error` where it is no such line, or does not come.
 */
export async function readProxyLine(socket: Socket, timeoutMilliseconds: number): Promise<string | null> {
  const ended = new AbortController()
  const abort = () => ended.abort()
  const timer = setTimeout(abort, timeoutMilliseconds)
  socket.once('close', abort).once('end', abort)
  let said: Buffer = Buffer.alloc(0)
  try {
    while (!said.includes(LF) && said.length <= maxLineBytes) {
      const chunk = socket.read() as Buffer | null
      if (chunk) said = Buffer.concat([said, chunk])
      else await once(socket, 'readable', { signal: ended.signal })
    }
  } finally {
    clearTimeout(timer)
    socket.off('close', abort).off('end', abort)
  }
  const end = said.indexOf(LF)
  const [word, family, address = ''] = said.toString('latin1', 0, end).trimEnd().split(' ')
  if (end === -1 || end > maxLineBytes || word !== 'PROXY') throw new Error('This is no PROXY line.')
  if (end + 1 < said.length) socket.unshift(said.subarray(end + 1))
  if (family === 'UNKNOWN') return null
  if (isIP(address) === 0) throw new Error('The PROXY line has no address.')
  return address
}
