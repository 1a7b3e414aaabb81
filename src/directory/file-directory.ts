import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { verifyPassword } from '#crypto/password.ts'
import type { Addressee, Directory, OnNotice } from './directory.ts'
import { matchesWords, wordsOf } from './matches-text.ts'
import { readPeople, type People } from './people-file.ts'
import { canBeRight, canonical } from '#mail/address.ts'
import { Failure } from '#failure.ts'
import type { Account } from '#model.ts'

type Person = People['people'][number]

/**
 * A directory in a YAML file of people, with scrypt hashes of their passwords. It is read again when it has changed;
 * if it is broken then, the last good version stays and `onNotice` is told all that is wrong with it. One logs in
 * with the id.
 */
export function openFileDirectory(file: string, onNotice: OnNotice = () => undefined): Directory {
  const read = rereadWhenChanged(file, onNotice)
  return {
    authenticate: async (login, password, mayTry = async () => true) => {
      if (!canBeRight(login, password)) return null
      const people = await read()
      const person = findPerson(people, login)
      if (!(await mayTry(person?.id ?? null))) return null
      // An unknown login takes as long as a wrong password: it is compared with somebody's hash, to no avail.
      const hash = (person ?? people.people[0])?.password
      const isRight = hash !== undefined && (await verifyPassword(password, hash))
      return isRight && person && !person.disabled ? toAccount(people, person) : null
    },
    findById: async id => {
      const people = await read()
      const person = findPerson(people, id)
      return person && !person.disabled ? toAccount(people, person) : null
    },
    findLocals: async addresses => {
      const { people, mailboxes } = await read()
      const own = people.filter(person => !person.disabled).flatMap(person => person.addresses)
      const known = new Set([...own, ...mailboxes.map(mailbox => mailbox.address)])
      return new Set(addresses.filter(address => known.has(canonical(address))))
    },
    search: async (text, limit) => {
      const words = wordsOf(text)
      return words.length === 0 ? [] : searchPeople(await read(), words).slice(0, limit)
    },
    check: async () => {
      await read()
    },
    close: async () => undefined,
  }
}

function searchPeople({ people, mailboxes }: People, words: string[]): Addressee[] {
  const fitting = people.filter(
    ({ id, name, addresses, disabled }) => !disabled && matchesWords(words, { name, others: [id, ...addresses] }),
  )
  const shared = mailboxes.filter(({ address }) => matchesWords(words, { name: '', others: [address] }))
  return [
    ...fitting.map(({ name, addresses }) => ({ name, address: addresses[0]! })),
    ...shared.map(({ address }) => ({ name: null, address })),
  ]
}

function findPerson({ people }: People, id: string): Person | undefined {
  const wanted = canonical(id)
  return people.find(person => person.id === wanted)
}

function toAccount({ mailboxes }: People, { id, name, addresses }: Person): Account {
  const belongsTo = new Set<string>()
  // Upwards: the mailboxes of the person, then those that have these as members, until there are no more.
  for (let members = new Set([id]); members.size > 0;) {
    const above = mailboxes.filter(mailbox => mailbox.members.some(member => members.has(member)))
    members = new Set(above.map(mailbox => mailbox.address).filter(address => !belongsTo.has(address)))
    for (const address of members) belongsTo.add(address)
  }
  return { id, name, addresses: [...new Set(addresses)], mailboxes: [...belongsTo] }
}

/** Gives the people of the file as it is now, reading it only when its time or size has changed. */
function rereadWhenChanged(file: string, onNotice: OnNotice): () => Promise<People> {
  let good: People | undefined
  let readVersion = ''
  let mistake: unknown
  let reading = Promise.resolve()

  const readAgain = async () => {
    const version = await versionOf(file)
    if (version === readVersion) return
    try {
      good = await readPeople(file)
      mistake = undefined
    } catch (error) {
      mistake = error
      if (good) onNotice(`The last good version of the directory is used. ${String(error)}`)
    }
    readVersion = version
  }
  return async () => {
    // One at a time, so that an older version never replaces a newer one.
    reading = reading.then(readAgain, readAgain)
    await reading
    if (!good) throw new Failure('DIRECTORY_AWAY', {}, { cause: mistake })
    return good
  }
}

async function versionOf(file: string): Promise<string> {
  try {
    const [{ mtimeNs, size }] = await Promise.all([stat(file, { bigint: true }), access(file, constants.R_OK)])
    return `${mtimeNs} ${size}`
  } catch (cause) {
    throw new Failure('DIRECTORY_AWAY', {}, { cause })
  }
}
