import type { Role } from '#model.ts'
import type { Settings } from './schema.ts'
import { settingsSchema } from './schema.ts'
import { checkReadyToServe } from './check-ready-to-serve.ts'
import { checkSettings } from './check.ts'
import { explainIssue, valueAt } from './explain-issue.ts'
import { pathText, SettingsError, valueText, type Finding } from './mistake.ts'
import { readYaml } from './read-yaml.ts'
import { useTimeZone } from './use-time-zone.ts'
import { settingsTree, type SettingNode } from './walk-schema.ts'

type Path = readonly PropertyKey[]

/**
 * Reads the configuration in a YAML file; without a file, the embedded defaults. Relative paths begin at the folder that
 * Kuvert is started in. The time zone in it becomes that of the process. Throws one `SettingsError` with everything that
 * is wrong: in the YAML, by the schema, and between settings. With `roles`, also if they cannot serve people with these
 * settings.
 */
export async function loadSettings(file: string | undefined, roles?: readonly Role[]): Promise<Settings> {
  const yaml = file === undefined ? undefined : await readYaml(file)
  const root = settingsTree()
  const content = withoutEmptyGroups(root, yaml?.content ?? {})
  const parsed = settingsSchema.safeParse(content)
  const issues = parsed.success ? [] : parsed.error.issues.flatMap(issue => explainIssue(root, issue, content))
  const wrong = issues.map(({ path }) => path)
  const checked = parsed.success ? parsed.data : parseWithout(content, wrong)
  const between = [...(await checkSettings(checked)), ...(roles ? await checkReadyToServe(checked, roles) : [])]
  const further = between.filter(finding => !restsOn(finding, wrong))
  const mistakes = [
    ...(yaml?.mistakes ?? []),
    ...[...issues, ...further].map(finding => toMistake(root, content, finding, yaml?.lineOf)),
  ]
  if (mistakes.length > 0 || !parsed.success)
    throw new SettingsError(file ?? 'The embedded defaults', sortByLine(mistakes))
  useTimeZone(parsed.data.timeZone)
  return parsed.data
}

function toMistake(root: SettingNode, content: unknown, finding: Finding, lineOf?: (path: Path) => number | undefined) {
  const { path, sentence } = finding
  const line = lineOf?.(path)
  const value = finding.unknown ? '' : valueText(root, path, valueAt(content, path))
  return { path: pathText(path), ...(line === undefined ? {} : { line }), value, sentence }
}

function sortByLine<Item extends { line?: number }>(items: Item[]): Item[] {
  return items.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0))
}

/** A group with nothing but comments below it is null in YAML; it means that nothing in it is set. */
function withoutEmptyGroups(node: SettingNode, content: unknown): unknown {
  if (node.shape.is !== 'group' && node.shape.is !== 'alternatives') return content
  if (typeof content !== 'object' || content === null || Array.isArray(content)) return content
  const { shape } = node
  if (shape.is === 'alternatives') return content
  const entries = Object.entries(content).flatMap(([name, value]): [string, unknown][] => {
    const field = shape.fields.get(name)
    if (!field) return [[name, value]]
    const isGroup = field.shape.is === 'group' || field.shape.is === 'alternatives'
    if (value === null && isGroup && field.byDefault !== undefined) return []
    return [[name, withoutEmptyGroups(field, value)]]
  })
  return Object.fromEntries(entries)
}

/**
 * The settings as they would be if the wrong ones were left out, so that rules between settings can be
 * checked in the same go. Where a setting cannot be left out, what holds it is left out.
 */
function parseWithout(content: unknown, wrong: readonly Path[]): Settings {
  const rest = structuredClone(content)
  for (const path of wrong) cutOut(rest, path)
  for (;;) {
    const parsed = settingsSchema.safeParse(rest)
    if (parsed.success) return parsed.data
    const paths = parsed.error.issues.map(({ path }) => path.slice(0, -1))
    if (paths.some(path => path.length === 0)) return settingsSchema.parse({})
    for (const path of paths) cutOut(rest, path)
  }
}

/** Removes what is at the path. Of a list the whole goes, so that the positions of others stay true. */
function cutOut(content: unknown, path: Path): void {
  const listStep = path.findIndex(step => typeof step === 'number')
  const upTo = listStep === -1 ? path : path.slice(0, listStep)
  const holder = valueAt(content, upTo.slice(0, -1))
  const name = upTo.at(-1)
  if (typeof holder === 'object' && holder !== null && name !== undefined) Reflect.deleteProperty(holder, name)
}

/** Whether a finding is about, or was judged by, something that is wrong by itself. */
function restsOn(finding: Finding, wrong: readonly Path[]): boolean {
  const judged = [finding.path, ...(finding.dependsOn ?? [])]
  return judged.some(path => wrong.some(other => startsWith(path, other) || startsWith(other, path)))
}

function startsWith(path: Path, start: Path): boolean {
  return start.every((step, index) => path[index] === step)
}
