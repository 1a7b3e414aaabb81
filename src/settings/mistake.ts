import { fieldsOf, findNode, type SettingNode } from './walk-schema.ts'

/** One thing that is wrong in a configuration. */
export interface Mistake {
  /** `gateway.listeners[0].port`; empty for the file as a whole. */
  path: string
  /** Counted from 1, where the configuration names the setting at all. */
  line?: number
  /** The value as written, for people; never a secret. Empty where there is none to show. */
  value: string
  /** What is wrong and what would be right. */
  sentence: string
}

/** A mistake before it is tied to a place in the file. */
export interface Finding {
  path: readonly PropertyKey[]
  sentence: string
  /** Settings that this one was judged by: where one of them is itself wrong, this finding is not reported. */
  dependsOn?: readonly (readonly PropertyKey[])[]
  /** True where the setting is unknown, so that nothing can be said about how secret its value is. */
  unknown?: boolean
}

/** All that is wrong in a configuration. Its message has one line for each mistake. */
export class SettingsError extends Error {
  readonly mistakes: Mistake[]
  constructor(source: string, mistakes: Mistake[]) {
    const count = mistakes.length === 1 ? 'one mistake' : `${mistakes.length} mistakes`
    super(`${source}: ${count}\n${mistakes.map(mistake => `  ${mistakeLine(mistake)}`).join('\n')}`)
    this.name = 'SettingsError'
    this.mistakes = mistakes
  }
}

/** `path: value – sentence (line n)`. */
export function mistakeLine({ path, line, value, sentence }: Mistake): string {
  const subject = [path, value].filter(Boolean).join(': ')
  return `${subject}${subject && ' – '}${sentence}${line === undefined ? '' : ` (line ${line})`}`
}

/** `gateway.listeners[0].port` */
export function pathText(path: readonly PropertyKey[]): string {
  return path
    .map(step => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
    .join('')
    .replace(/^\./, '')
}

/** A value as it may be shown: short, and hidden where it is, or may be, or contains a secret. */
export function valueText(root: SettingNode, path: readonly PropertyKey[], value: unknown): string {
  if (value === undefined) return ''
  const nodes = path.map((_, index) => findNode(root, path.slice(0, index + 1)))
  if (nodes.some(node => node === undefined || node.shape.is === 'secret')) return '(hidden)'
  if (Array.isArray(value)) return '(a list)'
  if (typeof value === 'object' && value !== null) return '(a group)'
  if (containsSecret(nodes.at(-1) ?? root)) return '(hidden)'
  const text = (typeof value === 'string' ? JSON.stringify(value) : String(value)).replace(/\/\/[^/]*@/, '//(hidden)@')
  return text.length > 160 ? `${text.slice(0, 159)}…` : text
}

function containsSecret({ shape }: SettingNode): boolean {
  if (shape.is === 'secret') return true
  if (shape.is === 'list') return containsSecret(shape.item)
  return fieldsOf(shape).some(([, node]) => containsSecret(node))
}
