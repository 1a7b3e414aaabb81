// A plain TCP proxy: node tcp-proxy.ts PORT TARGET_PORT. What a relay costs that does nothing at all.
import { connect, createServer, type Socket } from 'node:net'

const [port, targetPort] = process.argv.slice(2).map(Number)

createServer({ noDelay: true }, client => {
  const target = connect({ port: targetPort!, host: '127.0.0.1', noDelay: true })
  join(client, target)
  join(target, client)
}).listen(port, '127.0.0.1', 4096, () => console.log('ready'))

function join(from: Socket, to: Socket): void {
  from.pipe(to)
  from.on('error', () => to.destroy())
}
