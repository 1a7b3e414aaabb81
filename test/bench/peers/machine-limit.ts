// What the machine can do at most: node machine-limit.ts PORT FOLDER. The shortest program that takes mails with one
// attachment over SMTP, decodes it in bulk, hashes, encrypts, writes and syncs it, and answers; a process for each core.
// It checks nothing, knows one mail only (that of mail-file.ts), and is no mail server.
import cluster from 'node:cluster'
import { createCipheriv, createHash, randomBytes, randomUUID } from 'node:crypto'
import { closeSync, fsync, openSync, writeSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** A line of base64 with its CRLF, and many of them. */
const lineBytes = 78
const bulkBytes = lineBytes * 4096
const beforeAttachment = Buffer.from('base64\r\n\r\n')
const endOfMail = '.\r\n'

const [port, folder] = [Number(process.argv[2]), process.argv[3]!]
if (cluster.isPrimary) {
  const workers = [cluster.fork(), cluster.fork()]
  let listening = 0
  for (const worker of workers) worker.on('listening', () => ++listening === workers.length && console.log('ready'))
} else {
  createServer({ noDelay: true, highWaterMark: 1 << 20 }, serve).listen(port, '127.0.0.1', 4096)
}

function serve(socket: Socket): void {
  let taker: ReturnType<typeof takeMail> | undefined
  const say = (line: string) => socket.write(`${line}\r\n`)
  socket.on('data', (chunk: Buffer) => {
    if (taker) {
      if (!taker.take(chunk)) return
      const { finish } = taker
      taker = undefined
      return void finish().then(() => say('250 Taken'))
    }
    const command = chunk.toString('latin1', 0, 4)
    if (command === 'DATA') taker = takeMail()
    say(command === 'DATA' ? '354 Go on' : command === 'QUIT' ? '221 Bye' : '250 Ok')
  })
  socket.on('error', () => socket.destroy())
  say('220 limit')
}

function takeMail() {
  const file = openSync(join(folder, randomUUID()), 'w')
  const hash = createHash('sha256')
  const cipher = createCipheriv('aes-256-gcm', randomBytes(32), randomBytes(12))
  const plain = Buffer.allocUnsafe(bulkBytes)
  let waiting: Buffer[] = []
  let waitingBytes = 0
  let begun = false
  const decode = (encoded: Buffer) => {
    const length = plain.write(encoded.toString('latin1'), 0, 'base64')
    const decoded = plain.subarray(0, length)
    hash.update(decoded)
    writeSync(file, cipher.update(decoded))
  }
  return {
    /** True when the mail has ended. */
    take: (chunk: Buffer): boolean => {
      const ended = chunk.toString('latin1', Math.max(0, chunk.length - 3)) === endOfMail
      waiting.push(chunk)
      waitingBytes += chunk.length
      if (waitingBytes < bulkBytes && !ended) return false
      let bytes = Buffer.concat(waiting)
      if (!begun) bytes = bytes.subarray(bytes.indexOf(beforeAttachment) + beforeAttachment.length)
      begun = true
      let at = 0
      for (; at + bulkBytes <= bytes.length; at += bulkBytes) decode(bytes.subarray(at, at + bulkBytes))
      const rest = bytes.subarray(at)
      if (ended) decode(rest.subarray(0, rest.indexOf('--')))
      waiting = [rest]
      waitingBytes = rest.length
      return ended
    },
    finish: async () => {
      hash.digest()
      writeSync(file, cipher.final())
      writeSync(file, cipher.getAuthTag())
      await promisify(fsync)(file)
      closeSync(file)
    },
  }
}
