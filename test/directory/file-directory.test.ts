import { mkdtemp, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { hashPassword } from '#crypto/password.ts'
import { openFileDirectory } from '#directory/file-directory.ts'
import { writePeople } from '../support/people.ts'
import { contractMailboxes, contractPeople } from './contract-people.ts'
import { directoryContract } from './directory-contract.ts'
import { expectAway } from './expect-away.ts'

let folder: string
let file: string
let hash: string
beforeAll(async () => {
  hash = await hashPassword('rätt')
})
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kuvert-test-people-'))
  file = join(folder, 'people.yaml')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('a YAML file of people keeps the contract', () => {
  directoryContract(async () => {
    const own = await mkdtemp(join(tmpdir(), 'kuvert-test-people-'))
    await writePeople(join(own, 'people.yaml'), contractPeople, contractMailboxes)
    const stop = () => rm(own, { recursive: true, force: true })
    return { directory: openFileDirectory(join(own, 'people.yaml')), stop }
  })
})

describe('a YAML file of people', () => {
  it('is read again when it has changed', async () => {
    const directory = openFileDirectory(file)
    await write([anna()])
    expect(await directory.authenticate('anna', 'rätt')).toMatchObject({ id: 'anna' })
    await write([{ ...anna(), disabled: true }, { ...anna('berit') }])
    expect(await directory.authenticate('anna', 'rätt')).toBeNull()
    expect(await directory.findById('berit')).toMatchObject({ addresses: ['berit@example.org'] })
  })

  it('is read again when only its time has changed, or only its size', async () => {
    const directory = openFileDirectory(file)
    const time = new Date('2026-01-01T12:00:00Z')
    await write([anna('berit')])
    await utimes(file, time, time)
    expect(await directory.findById('berit')).not.toBeNull()
    await write([anna('bertil')])
    await utimes(file, time, time)
    expect(await directory.findById('bertil')).not.toBeNull()
    await write([anna('birger')])
    expect(await directory.findById('birger')).not.toBeNull()
  })

  it('stays as it was when a later version is broken, and the admin is told once', async () => {
    const notices: string[] = []
    const directory = openFileDirectory(file, notice => notices.push(notice))
    await write([anna()])
    await directory.check()
    await writeFile(file, 'people: [')
    expect(await directory.authenticate('anna', 'rätt')).toMatchObject({ id: 'anna' })
    expect(await directory.findLocals(['anna@example.org'])).toEqual(new Set(['anna@example.org']))
    expect(notices).toEqual([expect.stringContaining('people.yaml')])
    await write([anna('berit')])
    expect(await directory.findById('anna')).toBeNull()
    expect(await directory.findById('berit')).not.toBeNull()
  })

  it('is away while it does not exist, also when it did before', async () => {
    const directory = openFileDirectory(file)
    expect(await expectAway(directory.authenticate('anna', 'rätt'))).toContain('ENOENT')
    await write([anna()])
    expect(await directory.authenticate('anna', 'rätt')).not.toBeNull()
    await rename(file, `${file}.old`)
    expect(await expectAway(directory.authenticate('anna', 'rätt'))).toContain('ENOENT')
    expect(await expectAway(directory.findById('anna'))).toContain('ENOENT')
    expect(await expectAway(directory.findLocals(['anna@example.org']))).toContain('ENOENT')
    expect(await expectAway(directory.check())).toContain('ENOENT')
    await rename(`${file}.old`, file)
    expect(await directory.authenticate('anna', 'rätt')).not.toBeNull()
  })

  it('answers to an empty password without being read', async () => {
    expect(await openFileDirectory(file).authenticate('anna', '')).toBeNull()
  })

  it('may be empty: then nobody is in it', async () => {
    await writeFile(file, '')
    const directory = openFileDirectory(file)
    expect(await directory.authenticate('anna', 'rätt')).toBeNull()
    expect(await directory.findLocals(['anna@example.org'])).toEqual(new Set())
  })

  it('that is broken from the start is away, for a cause with all mistakes, their places and no password', async () => {
    const mistakes = {
      people: [
        { ...anna('dubbel'), password: 'klartext' },
        { ...anna('Dubbel'), addresses: ['inte en adress'] },
        { id: 7, name: 'Sju', addresses: [], password: hash, epost: 'sju@example.org' },
      ],
      mailboxes: [{ address: 'info@example.org', members: 'anna' }],
    }
    await writeFile(file, stringify(mistakes))
    const cause = await expectAway(openFileDirectory(file).check())
    expect(cause).toContain('people[0].password')
    for (const place of ['people[1].addresses[0]', 'people[2].id', 'people[2].addresses', 'people[2].epost'])
      expect(cause).toContain(place)
    expect(cause).toContain('mailboxes[0].members')
    expect(cause).toContain('(line ')
    expect(cause).not.toContain('klartext')
    expect(cause).not.toContain(hash)
  })

  it('names ids and addresses that two have, and members that do not exist', async () => {
    const mailboxes = [{ address: 'Anna@example.org', members: ['anna', 'nobody', 'missing@example.org'] }]
    await writeFile(file, stringify({ people: [anna(), { ...anna('ANNA'), addresses: ['b@example.org'] }], mailboxes }))
    const cause = await expectAway(openFileDirectory(file).check())
    expect(cause).toContain('people[1].id')
    expect(cause).toContain('mailboxes[0].address')
    expect(cause).toContain('mailboxes[0].members[1]')
    expect(cause).toContain('mailboxes[0].members[2]')
    expect(cause).not.toContain('mailboxes[0].members[0]')
  })
})

function anna(id = 'anna') {
  return { id, name: 'Anna', addresses: [`${id.toLowerCase()}@example.org`], password: hash }
}

async function write(people: object[]): Promise<void> {
  await writeFile(file, stringify({ people }))
}
