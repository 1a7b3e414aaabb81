import type { Queryable } from '#database/database.ts'

/**
 * The schema of a database as SQL to read, with what the database is told of its tables and columns. It comes from the
 * catalogue, and not from `pg_dump`, which the embedded PostgreSQL lacks and which writes otherwise in every version.
 */
export async function describeSchema(db: Queryable): Promise<string> {
  const { rows: tables } = await db.query<Table>(tablesSql)
  const { rows: functions } = await db.query<{ definition: string }>(functionsSql)
  return [...tables.map(describeTable), ...functions.map(({ definition }) => `${definition.trim()};\n`)].join('\n')
}

interface Table {
  create: string
  comment: string | null
  columns: { definition: string; comment: string | null }[]
  constraints: string[]
  /** Indexes that are no constraints, and triggers. */
  rest: string[]
}

function describeTable({ create, comment, columns, constraints, rest }: Table): string {
  const lines = [
    ...columns.map(column => `${commentLines(column.comment, '  ')}  ${column.definition}`),
    ...constraints.map(constraint => `  ${constraint}`),
  ]
  const after = rest.map(definition => `${definition};\n`)
  return `${commentLines(comment, '')}${create} (\n${lines.join(',\n')}\n);\n${after.join('')}`
}

function commentLines(text: string | null, indent: string): string {
  return (text ?? '').replace(/(.{1,110})(?: |$)/g, `${indent}-- $1\n`)
}

/** In the order in which they were made. */
const tablesSql = `
  select case relpersistence when 'u' then 'create unlogged table ' else 'create table ' end || relname as create,
    obj_description(oid, 'pg_class') as comment,
    array(
      select jsonb_build_object('comment', col_description(attrelid, attnum), 'definition', concat(
        attname, ' ', format_type(atttypid, atttypmod),
        case attstorage when typstorage then null when 'e' then ' storage external' else ' storage of another kind' end,
        case attidentity when 'a' then ' generated always as identity'
          else ' default ' || pg_get_expr(adbin, adrelid) end,
        case when attnotnull then ' not null' end))
      from pg_attribute join pg_type on pg_type.oid = atttypid
        left join pg_attrdef on adrelid = attrelid and adnum = attnum
      where attrelid = pg_class.oid and attnum > 0 and not attisdropped order by attnum) as columns,
    array(
      select format('constraint %I %s', conname, pg_get_constraintdef(oid, true))
      -- Since PostgreSQL 18, "not null" is a constraint too.
      from pg_constraint where conrelid = pg_class.oid and contype in ('p', 'u', 'f', 'c', 'x')
      order by position(contype::text in 'pufcx'), conname) as constraints,
    array(
      select pg_get_indexdef(indexrelid) from pg_index where indrelid = pg_class.oid
        and not exists (select from pg_constraint where conindid = indexrelid) order by indexrelid)
    || array(
      select pg_get_triggerdef(oid) || case tgenabled
        when 'A' then format(E';\\nalter table %I enable always trigger %I', relname, tgname) else '' end
      from pg_trigger where tgrelid = pg_class.oid and not tgisinternal order by oid) as rest
  from pg_class where relnamespace = current_schema()::regnamespace and relkind = 'r' order by oid`

const functionsSql = `
  select pg_get_functiondef(oid) as definition from pg_proc
  where pronamespace = current_schema()::regnamespace order by oid`
