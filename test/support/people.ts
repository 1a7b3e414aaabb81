import { randomBytes, scryptSync } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { stringify } from 'yaml'

/** Somebody in the directory of a test. The password is in clear. */
export interface TestPerson {
  id: string
  name: string
  addresses: string[]
  password: string
  disabled?: boolean
}

/** A shared mailbox or group. Its members are ids of people, or addresses of other mailboxes. */
export interface TestMailbox {
  address: string
  members: string[]
}

const names = { anna: 'Anna Åkesson', bertil: 'Bertil Öst', cecilia: 'Cecilia Ek' }

/** One of the staff, with these addresses or with `<id>@kommun.example`. The password is `<id>-ord`. */
export function staff(id: keyof typeof names, ...addresses: string[]): TestPerson {
  const usual = addresses.length > 0 ? addresses : [`${id}@kommun.example`]
  return { id, name: names[id], addresses: usual, password: `${id}-ord` }
}

/** Writes the file of a file directory, with the passwords hashed. */
export async function writePeople(file: string, people: TestPerson[], mailboxes: TestMailbox[] = []): Promise<void> {
  const hashed = people.map(person => ({ ...person, password: hashCheaply(person.password) }))
  await writeFile(file, stringify({ people: hashed, mailboxes }))
}

/** Makes a hash of the least cost that Kuvert accepts: the tests log in hundreds of times. */
function hashCheaply(password: string): string {
  const salt = randomBytes(16)
  const hash = scryptSync(password.normalize('NFC'), salt, 32, { N: 2, r: 8, p: 1 })
  const encode = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '')
  return `$scrypt$ln=1,r=8,p=1$${encode(salt)}$${encode(hash)}`
}
