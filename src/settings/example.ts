import { Document, isScalar, visit } from 'yaml'
import { settingsTree, type Fields, type SettingNode } from './walk-schema.ts'

/** Of prose; what is nested in a block that is commented out stands a few columns further in. */
const width = 92

const heading = `Kuvert's configuration. Save it as config/kuvert.yaml and check it with: kuvert check-config

Every setting is here, with what counts when it is left out; most may stay so. To change one, remove the # right before it. Text after "# " explains.

A secret is written in quotes, or as { file: /path } or { env: NAME }. A size is a number of bytes, or 25 MiB, or 2 GiB. Relative paths begin at the folder that Kuvert is started in.`

/** An example of a configuration, made from the schema: every setting with its description and its default. */
export function exampleYaml(): string {
  const { fields } = settingsTree().shape
  const sections = [...fields].map(([name, node]) => {
    const isPlain = node.shape.is !== 'group' && node.shape.is !== 'alternatives'
    return `${isPlain ? '' : '\n'}${writeSetting(name, node, '')}`
  })
  return [comment(heading, ''), ...sections].join('\n')
}

/** A setting and all below it; lines end with a line feed. */
function writeSetting(name: string, node: SettingNode, indent: string): string {
  const { shape } = node
  if (shape.is === 'alternatives') return writeAlternatives(name, node, shape.alternatives, indent)
  if (shape.is === 'group' && node.byDefault !== undefined) {
    const inside = [...shape.fields].map(([field, each]) => writeSetting(field, each, `${indent}  `)).join('\n')
    return `${comment(node.description, indent)}${indent}${name}:\n${inside}`
  }
  return `${comment(explain(node), indent)}${commentOut(toYaml(name, node), indent)}`
}

/** What a setting is, what its entries are, and what counts where an example is shown instead of the default. */
function explain(node: SettingNode): string {
  const item = node.shape.is === 'list' ? node.shape.item.shape : undefined
  const entries = item?.is === 'group' ? [...item.fields].map(describeEntry) : []
  return [node.description + noteOfDefault(node), ...entries].join('\n')
}

function describeEntry([name, node]: [string, SettingNode]): string {
  const { shape } = node
  const words =
    shape.is === 'word'
      ? shape.words
      : shape.is === 'list' && shape.item.shape.is === 'word'
        ? shape.item.shape.words
        : []
  return `- ${name}: ${node.description}${words.length > 0 ? ` One of ${words.join(', ')}.` : ''}`
}

function noteOfDefault({ byDefault, description, required, example }: SettingNode): string {
  if (required || example === undefined || /default:/i.test(description)) return ''
  if (byDefault === undefined) return ''
  return isEmpty(byDefault) ? ' Default: none.' : ` Default: ${String(byDefault)}.`
}

/** The value to show: one that says something, and that would be right. */
function shownValue(node: SettingNode): unknown {
  if (node.example !== undefined) return node.example
  if (!isEmpty(node.byDefault)) return node.byDefault
  if (node.shape.is === 'list' && node.shape.item.shape.is === 'group') {
    const fields = [...node.shape.item.shape.fields].filter(([, field]) => shownValue(field) !== undefined)
    return [Object.fromEntries(fields.map(([name, field]) => [name, shownValue(field)]))]
  }
  return node.byDefault
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === '' || (Array.isArray(value) && value.length === 0)
}

/** Each kind as a whole block, so that exactly one of them is uncommented. */
function writeAlternatives(
  name: string,
  node: SettingNode,
  alternatives: ReadonlyMap<string, { description: string; fields: Fields }>,
  indent: string,
): string {
  const chosen = (node.byDefault as { kind?: string } | undefined)?.kind
  const blocks = [...alternatives].map(([kind, { description, fields }]) => {
    const inside = [...fields].filter(([field]) => field !== 'kind')
    const mark = kind === chosen ? ' (the default)' : ''
    const yaml = `${name}:\n  kind: ${kind}\n${describedFields(inside)}`
    return `${comment(`kind ${kind}${mark}: ${description}`, indent)}${commentOut(yaml, indent)}`
  })
  const intro = `${node.description} One of ${[...alternatives.keys()].join(', ')}:`.trim()
  return [comment(intro, indent), ...blocks].join('\n')
}

/** The settings of a group as they would be written, each below its description. */
function describedFields(fields: Iterable<[string, SettingNode]>): string {
  return [...fields]
    .map(([name, node]) => indented(`${comment(explain(node), '')}${toYaml(name, node)}`, '  '))
    .join('')
}

function toYaml(name: string, node: SettingNode): string {
  if (node.shape.is === 'group') return `${name}:\n${describedFields(node.shape.fields)}`
  const value = shownValue(node)
  const document = new Document({ [name]: node.shape.is === 'size' ? sizeInWords(value) : value })
  // What fits on a line stays on it: lists of words, and where a secret is.
  visit(document, {
    Seq: (_, list) => void (list.flow = list.items.every(isScalar)),
    Map: (key, map) => void (map.flow = key !== null && (map.has('file') || map.has('env'))),
  })
  return document.toString({ lineWidth: 0 })
}

function sizeInWords(bytes: unknown): unknown {
  if (typeof bytes !== 'number') return bytes
  const [unit, size] = bytes % 1024 ** 3 === 0 ? ['GiB', 1024 ** 3] : ['MiB', 1024 ** 2]
  return bytes % size === 0 ? `${bytes / size} ${unit}` : bytes
}

function indented(text: string, indent: string): string {
  return text.replace(/^(?=.)/gm, indent)
}

/** A setting to be uncommented: # and no space, so that nothing but the # has to go. */
function commentOut(yaml: string, indent: string): string {
  return yaml.replace(/^(?=.)/gm, `${indent}#`)
}

/** Text as comment lines, wrapped; nothing for no text. */
function comment(text: string, indent: string): string {
  if (text === '') return ''
  return text
    .split('\n')
    .flatMap(paragraph => wrap(paragraph, width - indent.length))
    .map(line => `${indent}#${line === '' ? '' : ` ${line}`}\n`)
    .join('')
}

function wrap(text: string, columns: number): string[] {
  const lines = ['']
  for (const word of text.split(' ')) {
    const line = lines.at(-1)!
    if (line !== '' && line.length + 1 + word.length > columns) lines.push(word)
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`
  }
  return lines
}
