import type { Settings } from './schema.ts'
import { settingsTree, type Fields, type SettingNode } from './walk-schema.ts'

/** The settings as plain data with every secret replaced, for the log and for `check-config`. */
export function redactSettings(settings: Settings): Record<string, unknown> {
  return redact(settingsTree(), settings) as Record<string, unknown>
}

function redact(node: SettingNode | undefined, value: unknown): unknown {
  if (value === undefined || value === null) return value
  // What the schema does not know is hidden: it cannot be told what it is.
  if (node === undefined || node.shape.is === 'secret') return '(hidden)'
  if (typeof value === 'string') return value.replace(/\/\/[^/]*@/, '//(hidden)@')
  const { shape } = node
  if (shape.is === 'list') return (value as unknown[]).map(item => redact(shape.item, item))
  if (shape.is === 'group') return redactFields(shape.fields, value)
  if (shape.is !== 'alternatives') return value
  return redactFields(shape.alternatives.get((value as { kind: string }).kind)?.fields ?? new Map(), value)
}

function redactFields(fields: Fields, group: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(group).map(([name, value]) => [name, redact(fields.get(name), value)]))
}
