import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { hashPassword } from '#crypto/password.ts'

/**
 * Reads one password (asked for twice and not shown in a terminal, else one line of standard input) and
 * prints its hash as the file of people holds it. Returns 1 for an empty one, or two that differ.
 */
export async function runHashPassword(): Promise<number> {
  const [password, again] = await readPasswords()
  if (password === undefined || password === '') return complain('There is no password to hash.')
  if (again !== undefined && again !== password) return complain('The two passwords are not the same.')
  console.log(await hashPassword(password))
  return 0
}

function complain(sentence: string): number {
  console.error(sentence)
  return 1
}

async function readPasswords(): Promise<string[]> {
  if (!process.stdin.isTTY) {
    for await (const line of createInterface({ input: process.stdin })) return [line]
    return []
  }
  // The terminal is told to echo into nothing; only our questions are shown.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const terminal = createInterface({ input: process.stdin, output: nowhere, terminal: true })
  const answers: string[] = []
  for (const question of ['Password: ', 'The same again: ']) {
    process.stderr.write(question)
    answers.push(await terminal.question(''))
    process.stderr.write('\n')
  }
  terminal.close()
  return answers
}
