import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { openFileDirectory } from '#directory/file-directory.ts'
import { isFailure, type FailureCode } from '#failure.ts'
import { addressees } from '#seal/addressees.ts'
import type { Login } from '#model.ts'
import type { OutsiderSettings } from '#settings/outsiders-schema.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kuvert-addressees-'))
  const mailboxes = [{ address: 'lokal@foretag.example', members: [] }]
  await writeFile(join(folder, 'people.yaml'), stringify({ people: [], mailboxes }))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const local = 'Lokal@Foretag.example'
const domains: OutsiderSettings['domains'] = [
  { domain: 'bra.foretag.example', policy: 'code' },
  { domain: '*.foretag.example', policy: 'refuse' },
  { domain: 'Foretag.example', policy: 'none' },
  { domain: 'xn--rksmrgs-5wao1o.example', policy: 'refuse' },
]

/** Who is a local of these, or the code of the refusal and whom it names. */
async function decide(to: string[], login: Login, outsiders: OutsiderSettings, file = 'people.yaml'): Promise<unknown> {
  const directory = openFileDirectory(join(folder, file))
  try {
    const recipients = to.map(address => ({ address, parameters: ['NOTIFY=NEVER'] }))
    const decided = await addressees({ directory, settings: { outsiders } }, recipients, login)
    expect(decided.map(({ address, parameters }) => ({ address, parameters }))).toEqual(recipients)
    return decided.map(({ isLocal }) => isLocal)
  } catch (error) {
    if (!isFailure(error)) throw error
    return [error.code, 'recipients' in error.details ? error.details.recipients : undefined]
  } finally {
    await directory.close()
  }
}

describe('an outsider, by the policy for their domain', () => {
  const cases: [string, Login, boolean | FailureCode][] = [
    ['eva@annat.example', 'recipients', false],
    ['eva@annat.example', 'none', false],
    ['eva@foretag.example', 'locals', 'OUTSIDER_NEEDS_LOGIN'],
    ['eva@FORETAG.example', 'recipients', 'OUTSIDER_NEEDS_LOGIN'],
    ['eva@foretag.example', 'none', false],
    ['eva@bra.foretag.example', 'recipients', false],
    ['eva@a.b.foretag.example', 'recipients', 'OUTSIDER_REFUSED'],
    ['eva@post.foretag.example', 'none', 'OUTSIDER_REFUSED'],
    ['eva@räksmörgås.example', 'recipients', 'OUTSIDER_REFUSED'],
    ['eva@mittforetag.example', 'recipients', false],
    ['eva@foretag.example.annat', 'recipients', false],
    ['foretag.example', 'recipients', false],
    ['"eva@foretag.example"@annat.example', 'recipients', false],
    [local, 'recipients', true],
    [local, 'locals', true],
  ]
  test.each(cases)('%s with login=%s: %s', async (to, login, outcome) => {
    const decided = await decide([to], login, { default: 'code', domains })
    expect(decided).toEqual(typeof outcome === 'string' ? [outcome, to] : [outcome])
  })
})

test('the default is for whom no domain is named', async () => {
  const outsiders: OutsiderSettings = { default: 'refuse', domains: [{ domain: 'bra.example', policy: 'code' }] }
  expect(await decide(['eva@annat.example', 'kim@bra.example'], 'none', outsiders)).toEqual([
    'OUTSIDER_REFUSED',
    'eva@annat.example',
  ])
  expect(await decide([local, 'kim@bra.example'], 'recipients', outsiders)).toEqual([true, false])
})

test('a refusal names three, and how many more', async () => {
  const to = ['a', 'b', 'c', 'd', 'e'].map(name => `${name}@foretag.example`)
  expect(await decide([...to, 'eva@annat.example'], 'recipients', { default: 'code', domains })).toEqual([
    'OUTSIDER_NEEDS_LOGIN',
    'a@foretag.example, b@foretag.example, c@foretag.example and 2 more',
  ])
})

test('without a login, the directory is asked only about those who would be refused as outsiders', async () => {
  const without = (to: string) => decide([to], 'none', { default: 'code', domains }, 'missing.yaml')
  expect(await without('eva@annat.example')).toEqual([false])
  expect(await without('eva@foretag.example')).toEqual([false])
  expect(await without('eva@post.foretag.example')).toEqual(['DIRECTORY_AWAY', undefined])
})
