import type { z } from 'zod'
import { settingsSchema } from './schema.ts'

/** What is known of one setting, read from the schema. */
export interface SettingNode {
  description: string
  /** True where a configuration that leaves it out (inside a group that is there) is wrong. */
  required: boolean
  /** What counts where it is left out, as one would write it; undefined where that is nothing. */
  byDefault: unknown
  /** A value to show where there is no default to show. */
  example: unknown
  shape: SettingShape
}

export type Fields = ReadonlyMap<string, SettingNode>

export type SettingShape =
  | { is: 'group'; fields: Fields }
  | { is: 'alternatives'; alternatives: ReadonlyMap<string, { description: string; fields: Fields }> }
  | { is: 'list'; item: SettingNode }
  | { is: 'secret' | 'size' | 'text' | 'number' | 'flag' }
  | { is: 'word'; words: string[] }

type Schema = z.core.$ZodType & { meta(): { description?: string; [name: string]: unknown } | undefined }

/** The whole configuration as a tree; its root is a group. */
export function settingsTree(): SettingNode & { shape: { is: 'group' } } {
  return readNode(settingsSchema) as SettingNode & { shape: { is: 'group' } }
}

/**
 * The setting at a path of keys and list positions. Of alternatives, the fields of all kinds are looked
 * through, since a wrong configuration may name no kind at all. Undefined where there is no such setting.
 */
export function findNode(root: SettingNode, path: readonly PropertyKey[]): SettingNode | undefined {
  let node: SettingNode | undefined = root
  for (const step of path) {
    if (node === undefined) return undefined
    if (node.shape.is === 'list') node = typeof step === 'number' ? node.shape.item : undefined
    else node = fieldsOf(node.shape).find(([name]) => name === step)?.[1]
  }
  return node
}

/** The names and nodes directly below a setting, of all its alternatives; none for a plain value. */
export function fieldsOf(shape: SettingShape): [string, SettingNode][] {
  if (shape.is === 'group') return [...shape.fields]
  if (shape.is === 'alternatives') return [...shape.alternatives.values()].flatMap(({ fields }) => [...fields])
  return []
}

/** Each wrapper (optional, default) adds to what it wraps; the shape is that of the innermost, unless it is marked. */
function readNode(schema: z.core.$ZodType): SettingNode {
  const { description, example, secret, size } = (schema as Schema).meta() ?? {}
  const def = defOf(schema)
  const node: SettingNode = 'innerType' in def ? readNode(def.innerType) : { ...plainNode, shape: { is: 'text' } }
  if (secret === true) node.shape = { is: 'secret' }
  else if (size === true) node.shape = { is: 'size' }
  else if (!('innerType' in def)) node.shape = readShape(def)
  node.description = description || node.description
  if (example !== undefined) node.example = example
  if (def.type === 'optional') node.required = false
  if (def.type === 'default' || def.type === 'prefault')
    Object.assign(node, { required: false, byDefault: def.defaultValue })
  return node
}

const plainNode = { description: '', required: true, byDefault: undefined, example: undefined }

function defOf(schema: z.core.$ZodType): z.core.$ZodTypes['_zod']['def'] {
  return (schema as z.core.$ZodTypes)._zod.def
}

function readShape(def: z.core.$ZodTypes['_zod']['def']): SettingShape {
  switch (def.type) {
    case 'object':
      return { is: 'group', fields: readFields(def.shape) }
    case 'union':
      return { is: 'alternatives', alternatives: new Map(def.options.map(readAlternative)) }
    case 'array':
      return { is: 'list', item: readNode(def.element) }
    case 'enum':
      return { is: 'word', words: Object.values(def.entries).map(String) }
    case 'literal':
      return { is: 'word', words: def.values.map(String) }
    case 'boolean':
      return { is: 'flag' }
    case 'number':
      return { is: 'number' }
    case 'string':
      return { is: 'text' }
    default:
      throw new Error(`The settings schema uses ${def.type}, which its walk does not know.`)
  }
}

function readAlternative(option: z.core.$ZodType): [string, { description: string; fields: Fields }] {
  const shape = readNode(option).shape
  const kind = shape.is === 'group' ? shape.fields.get('kind') : undefined
  if (shape.is !== 'group' || kind?.shape.is !== 'word') throw new Error('Alternatives of a setting need a kind.')
  return [kind.shape.words[0]!, { description: kind.description, fields: shape.fields }]
}

function readFields(shape: Readonly<Record<string, z.core.$ZodType>>): Fields {
  return new Map(Object.entries(shape).map(([name, schema]) => [name, readNode(schema)]))
}
