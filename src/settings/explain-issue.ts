import type { z } from 'zod'
import type { Finding } from './mistake.ts'
import { nearest } from './nearest.ts'
import { fieldsOf, findNode, type SettingNode } from './walk-schema.ts'

/** Says in plain sentences what the schema found wrong. One issue may be several findings: one for each unknown key. */
export function explainIssue(root: SettingNode, issue: z.core.$ZodIssue, input: unknown): Finding[] {
  const { path } = issue
  const node = findNode(root, path)
  const list = typeof path.at(-1) === 'number' ? findNode(root, path.slice(0, -1)) : undefined
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map(key => ({
      path: [...path, key],
      sentence: explainUnknownKey(node, valueAt(input, path), key),
      unknown: true,
    }))
  }
  const value = valueAt(input, path)
  if (value === undefined || (value === null && node?.required)) {
    const description =
      path.at(-1) === 'kind' ? `one of ${listWords(kindsOf(findNode(root, path.slice(0, -1))))}` : node?.description
    return [{ path, sentence: `must be given: ${description ?? 'a value'}` }]
  }
  return [{ path, sentence: explainValue(issue, node, value, exampleOf(list ?? node)) }]
}

/** What is at a path of plain content; undefined where nothing is. */
export function valueAt(content: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, step) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[step] : undefined,
    content,
  )
}

function explainUnknownKey(parent: SettingNode | undefined, given: unknown, key: string): string {
  const kind = valueAt(given, ['kind'])
  if (parent?.shape.is === 'alternatives') {
    const owners = [...parent.shape.alternatives].filter(([, { fields }]) => fields.has(key)).map(([name]) => name)
    if (owners.length > 0) return `belongs to kind: ${listWords(owners)}, but the kind is ${String(kind)}`
    const chosen = parent.shape.alternatives.get(String(kind))
    return suggest(key, [...(chosen?.fields.keys() ?? [])])
  }
  if (parent?.shape.is === 'secret') return suggest(key, ['file', 'env'])
  return suggest(key, parent ? fieldsOf(parent.shape).map(([name]) => name) : [])
}

function suggest(key: string, known: string[]): string {
  const meant = nearest(key, known)
  if (meant !== undefined) return `there is no such setting; did you mean ${meant}?`
  return `there is no such setting; here can be ${listWords(known)}`
}

function explainValue(issue: z.core.$ZodIssue, node: SettingNode | undefined, value: unknown, example: string): string {
  if (node?.shape.is === 'secret') return explainSecret(issue)
  if (node?.shape.is === 'size') return 'must be a size such as 25 MiB or 26214400'
  switch (issue.code) {
    case 'invalid_type':
      return explainType(issue.expected, node, value)
    case 'too_small':
      return explainLimit(issue.origin, Number(issue.minimum), issue.inclusive === false ? 'more than' : 'at least')
    case 'too_big':
      return explainLimit(issue.origin, Number(issue.maximum), issue.inclusive === false ? 'less than' : 'at most')
    case 'invalid_value':
      return explainChoice(issue.values.map(String), value)
    case 'invalid_union':
      return explainChoice('options' in issue ? (issue.options as unknown[]).map(String) : [], value)
    case 'custom':
      return issue.message
    default:
      // A format. A message of our own begins in lower case.
      return /^[a-z]/.test(issue.message) ? issue.message : `is not written as it should be: ${example}`
  }
}

function explainSecret(issue: z.core.$ZodIssue): string {
  if (issue.code === 'custom') return issue.message
  const branches = issue.code === 'invalid_union' ? issue.errors.flat() : [issue]
  if (branches.some(({ code }) => code === 'too_small')) return 'must not be empty'
  const unknown = branches.find(branch => branch.code === 'unrecognized_keys')
  const hint = unknown?.code === 'unrecognized_keys' ? nearest(unknown.keys[0] ?? '', ['file', 'env']) : undefined
  const forms = 'must be the secret itself in quotes, or { file: path }, or { env: NAME }'
  return hint === undefined ? forms : `${forms}; did you mean ${hint}?`
}

const typeWords: Record<string, string> = {
  int: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a group of settings',
}

function explainType(expected: string, node: SettingNode | undefined, value: unknown): string {
  if (expected === 'string') return typeof value === 'object' ? 'must be text' : 'must be text: put it in quotes'
  if (node?.shape.is === 'list' && typeof value === 'string')
    return 'must be a list: write it as [a, b], or one - on each line'
  if (node?.shape.is === 'alternatives' && typeof value === 'string') {
    return `must be a group of settings that begins with kind: ${listWords(kindsOf(node))}`
  }
  return `must be ${typeWords[expected] ?? expected}`
}

function explainLimit(origin: string, limit: number, words: string): string {
  const countsFrom = limit === 1 && words === 'at least'
  if (origin === 'string') return countsFrom ? 'must not be empty' : `must have ${words} ${limit} characters`
  if (origin === 'array') return countsFrom ? 'must have at least one entry' : `must have ${words} ${limit} entries`
  return `must be ${words} ${limit}`
}

function explainChoice(words: string[], value: unknown): string {
  const meant = typeof value === 'string' ? nearest(value, words) : undefined
  return `must be ${listWords(words)}${meant === undefined ? '' : `; did you mean ${meant}?`}`
}

function exampleOf(node: SettingNode | undefined): string {
  const known = node?.example ?? node?.byDefault
  const shown: unknown = Array.isArray(known) ? known[0] : known
  return typeof shown === 'string' ? `it looks like ${shown}` : (node?.description ?? 'see the example file')
}

function kindsOf(node: SettingNode | undefined): string[] {
  return node?.shape.is === 'alternatives' ? [...node.shape.alternatives.keys()] : []
}

/** `a`, `a or b`, `a, b or c`. */
function listWords(words: string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
}
