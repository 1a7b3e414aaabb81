import { readFile } from 'node:fs/promises'
import { isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, type Document, type ErrorCode } from 'yaml'
import { SettingsError, type Mistake } from './mistake.ts'

/** A configuration file as read: its plain content, what is wrong with its YAML, and where things are in it. */
export interface YamlFile {
  content: unknown
  mistakes: Mistake[]
  /** The line of a setting, or of the nearest group that holds it; undefined where there is none. */
  lineOf(path: readonly PropertyKey[]): number | undefined
}

/**
 * Reads a YAML file. Keys that are given twice are listed in `mistakes`; what is not YAML at all is thrown
 * as a `SettingsError`, since nothing more can be said about such a file.
 */
export async function readYaml(file: string): Promise<YamlFile> {
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    const why = cause.code === 'ENOENT' ? 'there is no such file' : `the file cannot be read (${cause.code})`
    throw new SettingsError(file, [{ path: '', value: '', sentence: why }])
  })
  const lines = new LineCounter()
  // Not the pretty errors: they quote the file, and so might quote a secret. `silent` would pass over a second document.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' })
  const problems = [...document.errors, ...document.warnings].map(({ code, pos }) => ({
    code,
    offset: afterSpace(text, pos[0]),
  }))
  const mistakes = problems.map(({ code, offset }) => ({
    path: code === 'DUPLICATE_KEY' ? (/^[\w-]+/.exec(text.slice(offset))?.[0] ?? '') : '',
    line: lines.linePos(offset).line,
    value: '',
    sentence: sentences[code] ?? 'this is not valid YAML',
  }))
  if (problems.some(({ code }) => code !== 'DUPLICATE_KEY')) throw new SettingsError(file, mistakes)
  return { content: toPlain(document, file), mistakes, lineOf: path => lineOf(document, lines, path) }
}

const sentences: Partial<Record<ErrorCode, string>> = {
  DUPLICATE_KEY: 'this setting is given twice; keep one of them',
  BAD_INDENT: 'this line is not indented like its neighbours',
  TAB_AS_INDENT: 'YAML is indented with spaces, not with tabs',
  MISSING_CHAR: 'a quote, bracket, colon or comma is missing here',
  BAD_ALIAS: 'this alias has no anchor; put text that begins with * in quotes',
  BAD_SCALAR_START: 'text that begins with @ or ` must be in quotes',
  BAD_DQ_ESCAPE: 'this backslash is no YAML escape; use single quotes',
  MULTIPLE_DOCS: 'the file must be one document; remove the line with ---',
  TAG_RESOLVE_FAILED: 'tags are not supported; put text that begins with ! in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a value cannot hold a colon and a space; put it in quotes',
  MULTILINE_IMPLICIT_KEY: 'there is a key without a colon here, or a value that is not indented',
}

/** A key that follows a setting without a value is reported at the end of the line before. */
function afterSpace(text: string, offset: number): number {
  const space = /^\s*/.exec(text.slice(offset))?.[0].length ?? 0
  return Math.min(offset + space, text.length)
}

function toPlain(document: Document, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 }) as unknown
  } catch {
    const sentence =
      'the file has an alias (*name) without its anchor, or too many; put text that begins with * in quotes'
    throw new SettingsError(file, [{ path: '', value: '', sentence }])
  }
}

function lineOf(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number | undefined {
  let holder: unknown = document.contents
  let line: number | undefined
  for (const step of path) {
    // Of a setting its key is shown, the last one where it is given twice; of a list the entry.
    const pair = isMap(holder) ? holder.items.findLast(({ key }) => isScalar(key) && key.value === step) : undefined
    const value = isSeq(holder) && typeof step === 'number' ? holder.items[step] : pair?.value
    const shown = pair?.key ?? value
    if (!isNode(shown) || !shown.range) return line
    line = lines.linePos(shown.range[0]).line
    holder = value
  }
  return line
}
