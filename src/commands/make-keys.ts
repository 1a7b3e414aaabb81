import { randomBytes } from 'node:crypto'
import { stringify } from 'yaml'

/** Prints fresh keys as they are written in the configuration. */
export async function runMakeKeys(): Promise<number> {
  const id = new Date().toISOString().slice(0, 10)
  const keys = { master: [{ id, secret: makeKey() }], link: [{ id, secret: makeKey() }] }
  console.log('# For the configuration. Keep a copy in a safe place: without the master key, no message can be opened.')
  console.log(
    '# To rotate: put a new key second on every node, then first, in master, link or both, and keep the old ones.',
  )
  console.log(stringify({ keys }, { lineWidth: 0 }).trimEnd())
  return 0
}

function makeKey(): string {
  return randomBytes(32).toString('base64')
}
