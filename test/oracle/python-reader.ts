import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** A part without parts of its own; of a mail within the mail, its parts. */
export interface PythonLeaf {
  type: string
  /** Of the decoded bytes. */
  sha256: string
  /** Decoded, for text/*; else null. */
  text: string | null
}

const policies = ['compat32', 'default'] as const
export type Policy = (typeof policies)[number]

/** What each policy of Python's email package finds in a mail; a string where it throws. */
type PythonReading = Record<Policy, PythonLeaf[] | string>

/** Reads many mails with one process of Python. */
export interface PythonReader {
  read(mail: Buffer): Promise<PythonReading>
  close(): Promise<void>
}

export function hasPython(): boolean {
  return spawnSync('python3', ['-c', 'import email.policy']).status === 0
}

/** Answers come in the order of the questions. */
export function startPythonReader(): PythonReader {
  const python = spawn('python3', [join(import.meta.dirname, 'read-mails.py')], { stdio: ['pipe', 'pipe', 'inherit'] })
  const answers = createInterface({ input: python.stdout })[Symbol.asyncIterator]()
  const exit = new Promise<void>(resolve => python.once('exit', () => resolve()))
  return {
    async read(mail) {
      python.stdin.write(`${mail.toString('base64')}\n`)
      const answer = await answers.next()
      if (answer.done) throw new Error('Python has ended')
      return JSON.parse(answer.value) as PythonReading
    },
    async close() {
      python.stdin.end()
      await exit
    },
  }
}
