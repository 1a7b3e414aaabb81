import { z } from 'zod'
import { isPasswordHash } from '#crypto/password.ts'
import { canonical } from '#mail/address.ts'
import { pathText, SettingsError, type Finding } from '#settings/mistake.ts'
import { readYaml } from '#settings/read-yaml.ts'

const address = z
  .string('must be an address: put it in quotes')
  .regex(/^[^\s@<>:]+@[^\s@<>:]+$/, 'must be an address such as anna@example.org')
  .transform(canonical)

const person = z.strictObject({
  id: z
    .string('must be text: put it in quotes')
    .regex(/^[^\s@]+$/, 'must be one word without @')
    .transform(canonical),
  name: z.string('must be text: put it in quotes').min(1, 'must not be empty'),
  addresses: z.array(address, 'must be a list of addresses').min(1, 'must have at least one address'),
  password: z.string('must be a hash: make it with kuvert hash-password').refine(isPasswordHash, {
    error: 'must be a hash, never the password itself: make it with kuvert hash-password',
  }),
  disabled: z.boolean('must be true or false').default(false),
})

const mailbox = z.strictObject({
  address,
  members: z.array(z.string('must be an id or address in quotes').transform(canonical), 'must be a list of members'),
})

const peopleSchema = z.strictObject(
  {
    people: z.array(person, 'must be a list of people').default([]),
    mailboxes: z.array(mailbox, 'must be a list of mailboxes').default([]),
  },
  'must have people and mailboxes',
)

/** What is in a file of people. Ids, addresses and members are in their canonical spelling. */
export type People = z.output<typeof peopleSchema>

/**
 * Reads a YAML file of people. Throws one `SettingsError` with everything that is wrong in it. No password, and no
 * hash of one, is repeated in that.
 */
export async function readPeople(file: string): Promise<People> {
  const { content, mistakes, lineOf } = await readYaml(file)
  const parsed = peopleSchema.safeParse(content ?? {})
  const findings = parsed.success ? crossFindings(parsed.data) : parsed.error.issues.flatMap(explain)
  const found = findings.map(({ path, sentence }) => {
    const line = lineOf(path)
    return { path: pathText(path), value: '', sentence, ...(line === undefined ? {} : { line }) }
  })
  const all = [...mistakes, ...found]
  if (all.length > 0 || !parsed.success) throw new SettingsError(file, all)
  return parsed.data
}

function explain(issue: z.core.$ZodIssue): Finding[] {
  if (issue.code !== 'unrecognized_keys') return [{ path: issue.path, sentence: issue.message }]
  return issue.keys.map(key => ({ path: [...issue.path, key], sentence: 'there is no such field' }))
}

/** Ids and addresses are each somebody's alone, and members exist. */
function crossFindings({ people, mailboxes }: People): Finding[] {
  const ids = people.map(({ id }, at) => ({ value: id, path: ['people', at, 'id'] }))
  const own = people.flatMap(({ addresses }, at) =>
    addresses.map((value, index) => ({ value, path: ['people', at, 'addresses', index] })),
  )
  const shared = mailboxes.map(({ address: value }, at) => ({ value, path: ['mailboxes', at, 'address'] }))
  const members = mailboxes.flatMap((one, at) =>
    one.members.map((value, index) => ({ value, path: ['mailboxes', at, 'members', index] })),
  )
  const known = new Set([...ids, ...shared].map(({ value }) => value))
  return [
    ...repeated(ids).map(({ value, path }) => ({ path, sentence: `${value} is the id of somebody else` })),
    ...repeated([...own, ...shared]).map(({ value, path }) => ({ path, sentence: `${value} is already taken` })),
    ...members
      .filter(({ value }) => !known.has(value))
      .map(({ value, path }) => ({ path, sentence: `${value} is no person's id and no mailbox's address` })),
  ]
}

function repeated<Item extends { value: string }>(items: Item[]): Item[] {
  return items.filter((item, at) => items.findIndex(({ value }) => value === item.value) < at)
}
