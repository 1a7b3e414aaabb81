import { spawnSync } from 'node:child_process'
import { findProgram } from './servers.ts'

/** What Python's email package reads of a mail. */
export interface PythonMail {
  subject: string | null
  defects: string[]
  /** Of the values of header fields: `subject: InvalidHeaderDefect`. */
  fieldDefects: string[]
  /** Each text part, decoded. */
  texts: { type: string; text: string }[]
}

const script = `
import base64, email, email.policy, json, sys
def read(data):
    mail = email.message_from_bytes(base64.b64decode(data), policy=email.policy.default)
    parts = [part for part in mail.walk() if part.get_content_maintype() == 'text']
    return {
        'subject': mail['subject'],
        'defects': [type(defect).__name__ for part in mail.walk() for defect in part.defects],
        'fieldDefects': [
            name + ': ' + type(defect).__name__
            for part in mail.walk() for name, value in part.items() for defect in value.defects
        ],
        'texts': [{
            'type': part.get_content_type(),
            'text': part.get_payload(decode=True).decode(part.get_content_charset('ascii')),
        } for part in parts],
    }
json.dump([read(data) for data in json.load(sys.stdin)], sys.stdout)
`

export const python = findProgram('python3')

/** Reads mails with Python's email package, all in one process. */
export function readWithPython(mails: Buffer[]): PythonMail[] {
  const input = JSON.stringify(mails.map(mail => mail.toString('base64')))
  const { stdout, stderr, status } = spawnSync(python!, ['-c', script], { input, encoding: 'utf8', maxBuffer: 1e9 })
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout) as PythonMail[]
}
