import { readdir, readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database, Queryable } from '#database/database.ts'
import { findUnknownKeys } from '#database/needed-keys.ts'
import { fillWithMessages } from '../support/many-messages.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { reseal, testKeyring } from '../support/keyring.ts'
import { everyStatement, recentMessage } from './every-statement.ts'

const count = 20_000
/** Those that grow with the mail, or with those who knock. */
const growing = new Set(
  'messages files objects links deliveries notices downloads counts sessions codes login_failures login_places visits audit_entries audit_chain persons'.split(
    ' ',
  ),
)

/** What no mail and no download waits for: the schema, the command line, and what each author has a little of. */
const beside = new Set('migrate queue account-settings contacts drafts uploads'.split(' ').map(name => `${name}.ts`))

const keyring = testKeyring()

let database: Awaited<ReturnType<typeof freshDatabase>>
beforeAll(async () => {
  database = await freshDatabase()
  await fillWithMessages(database.db, count)
  // What is changed under its seal is read and checked before.
  await reseal({ db: database.db, keyring }, recentMessage(count))
})
afterAll(() => database.drop())

interface PlanNode {
  'Node Type': string
  'Relation Name'?: string
  'Index Name'?: string
  'Index Cond'?: string
  Plans?: PlanNode[]
}

/** The growing tables that a plan reads whole. */
function wholeReads(node: PlanNode): string[] {
  const table = node['Relation Name'] ?? ''
  const isWhole = node['Node Type'] === 'Seq Scan' && growing.has(table)
  return [...(isWhole ? [`all of ${table}`] : []), ...(node.Plans ?? []).flatMap(wholeReads)]
}

/** The database within a transaction; of each statement, what its plan reads whole is added to `found` first. */
function explaining(tx: Queryable, found: string[]): Database {
  const query: Queryable['query'] = async (sql, values) => {
    const explained = await tx.query<{ 'QUERY PLAN': { Plan: PlanNode }[] }>(`explain (format json) ${sql}`, values)
    found.push(...wholeReads(explained.rows[0]!['QUERY PLAN'][0]!.Plan))
    return tx.query(sql, values)
  }
  return { ...database.db, query, transaction: work => work({ query }) }
}

interface RunNode {
  'Relation Name'?: string
  'Actual Rows': number
  'Actual Loops': number
  'Rows Removed by Filter'?: number
  Plans?: RunNode[]
}

/** How many rows of tables a statement looked at. */
function rowsRead(node: RunNode): number {
  const rows = node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)
  const own = node['Relation Name'] === undefined ? 0 : rows * node['Actual Loops']
  return (node.Plans ?? []).reduce((sum, plan) => sum + rowsRead(plan), own)
}

class RolledBack extends Error {}

test.each(Object.entries(everyStatement(count, keyring)))('%s reads no growing table whole', async (_, run) => {
  const found: string[] = []
  const running = database.db.transaction(async tx => {
    await run(explaining(tx, found))
    throw new RolledBack()
  })
  await expect(running).rejects.toThrow(RolledBack)
  expect(found).toEqual([])
})

test('which keys are needed is found without looking at each row', async () => {
  const runs: RunNode[] = []
  const query: Queryable['query'] = async (sql, values) => {
    const run = await database.db.query<{ 'QUERY PLAN': { Plan: RunNode }[] }>(
      `explain (analyze, format json) ${sql}`,
      values,
    )
    runs.push(run.rows[0]!['QUERY PLAN'][0]!.Plan)
    return database.db.query(sql, values)
  }
  const needed = [
    { kind: 'master', id: 'k' },
    { kind: 'link', id: 'test' },
  ]
  expect(await findUnknownKeys({ query }, { master: ['another'], link: ['another'] }), 'not of what has ended').toEqual(
    needed,
  )
  expect(runs.map(rowsRead)).toEqual([expect.toSatisfy((rows: number) => rows > 0 && rows < 50)])
})

test('every function that runs SQL has its plans looked at', async () => {
  const folder = new URL('../../src/database/', import.meta.url)
  const names = (await readdir(folder)).filter(name => name.endsWith('.ts') && !beside.has(name))
  const texts = await Promise.all(names.map(name => readFile(new URL(name, folder), 'utf8')))
  const declared = texts.flatMap(text =>
    [
      ...text.matchAll(
        /^export (?:async )?function (\w+)\(\s*(?:(?:db|tx): (?:Queryable|Database)|\{ db[^}]*\}: (?:Rows|Changeable))/gm,
      ),
    ].map(match => match[1]),
  )
  expect(declared.toSorted()).toEqual(Object.keys(everyStatement(count, keyring)).toSorted())
})

test('what goes with a row that is deleted is found by an index', async () => {
  const { rows } = await database.db.query<{ reference: string }>(
    `select conrelid::regclass || '.' || attname as reference from pg_constraint
     join pg_attribute on attrelid = conrelid and attnum = conkey[1]
     where contype = 'f' and not exists (select from pg_index where indrelid = conrelid and indkey[0] = conkey[1])`,
  )
  expect(rows).toEqual([])
})
