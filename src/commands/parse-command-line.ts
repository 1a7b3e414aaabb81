import { parseArgs } from 'node:util'
import { roles, type Role } from '#model.ts'
import { commands, type CommandName, type CommandUsage, type OptionUsage } from './usage.ts'
import { nearest } from '#settings/nearest.ts'

/** What was asked for on the command line, valid for its command. */
export type Request =
  | { ask: 'help'; command: CommandName | undefined }
  | { ask: 'version' }
  | { ask: 'run'; command: CommandName; texts: Record<string, string[]>; flags: Set<string>; positionals: string[] }

/** The command line is wrong; the message is a sentence for the one who typed it. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Reads the arguments after the program's name. Throws `UsageError`. */
export function parseCommandLine(args: string[]): Request {
  const [first, ...rest] = args
  if (first === undefined || first === '--help' || first === '-h') return { ask: 'help', command: undefined }
  if (first === '--version' || first === '-v') return { ask: 'version' }
  if (first === 'help') return { ask: 'help', command: rest[0] === undefined ? undefined : findCommand(rest[0]) }
  if (first.startsWith('-')) throw new UsageError(`A command comes first, then its options: kuvert COMMAND ${first}`)
  const command = findCommand(first)
  if (rest.includes('--help') || rest.includes('-h')) return { ask: 'help', command }
  return { ask: 'run', command, ...readArguments(command, rest) }
}

function findCommand(name: string): CommandName {
  if (Object.hasOwn(commands, name)) return name as CommandName
  const meant = nearest(name, Object.keys(commands))
  throw new UsageError(
    `There is no command "${name}". ${meant === undefined ? 'See kuvert --help.' : `Did you mean ${meant}?`}`,
  )
}

function readArguments(command: CommandName, args: string[]) {
  const usage: CommandUsage = commands[command]
  const { tokens } = parseArgs({ args, options: usage.options, strict: false, allowPositionals: true, tokens: true })
  const texts: Record<string, string[]> = {}
  const flags = new Set<string>()
  const positionals = tokens.flatMap(token => (token.kind === 'positional' ? [token.value] : []))
  for (const token of tokens) {
    if (token.kind !== 'option') continue
    const option = usage.options[token.name]
    if (!option) throw new UsageError(explainUnknownOption(command, usage, token.name, token.rawName))
    if (option.type === 'boolean') flags.add(readFlag(token))
    else if (texts[token.name] && !option.multiple)
      throw new UsageError(`The option --${token.name} can be given once.`)
    else texts[token.name] = [...(texts[token.name] ?? []), readText(token, option)]
  }
  checkCount(command, usage, positionals)
  return { texts, flags, positionals }
}

interface OptionToken {
  name: string
  value: string | undefined
  inlineValue: boolean | undefined
}

function readFlag({ name, value }: OptionToken): string {
  if (value !== undefined) throw new UsageError(`The option --${name} takes no value.`)
  return name
}

function readText({ name, value, inlineValue }: OptionToken, option: OptionUsage): string {
  // The next option is no value; --to=-odd@example.org is.
  if (value === undefined || value === '' || (!inlineValue && value.startsWith('-'))) {
    throw new UsageError(`The option --${name} needs a value: --${name} ${option.value ?? ''}`.trim())
  }
  return value
}

function explainUnknownOption(command: string, usage: CommandUsage, name: string, rawName: string): string {
  const meant = nearest(name, Object.keys(usage.options))
  return `kuvert ${command} has no option ${rawName}. ${meant === undefined ? `See kuvert help ${command}.` : `Did you mean --${meant}?`}`
}

function checkCount(command: string, { arguments: { shown, least, most } }: CommandUsage, positionals: string[]): void {
  if (positionals.length < least) throw new UsageError(`kuvert ${command} needs ${shown}.`)
  const extra = positionals[most]
  if (extra !== undefined) throw new UsageError(`kuvert ${command} does not know what to do with "${extra}".`)
}

/** The roles of `--roles gateway,portal`; all of them where nothing is said. Throws `UsageError`. */
export function parseRoles(list: string | undefined): Role[] {
  if (list === undefined) return [...roles]
  const names = [...new Set(list.split(',').map(name => name.trim()))]
  return names.map(name => {
    const role = roles.find(each => each === name)
    if (role) return role
    const meant = nearest(name, roles)
    throw new UsageError(
      `There is no role "${name}". ${meant === undefined ? `There are ${roles.join(', ')}.` : `Did you mean ${meant}?`}`,
    )
  })
}

/** What `kuvert audit` is to do. */
export type AuditRequest =
  | { what: 'verify'; expectedHash: string | null }
  | { what: 'export'; period: { from?: Date | undefined; to?: Date | undefined } }

/** The words and options of `kuvert audit`. Throws `UsageError`. */
export function parseAudit(what: string, texts: Record<string, string[]>): AuditRequest {
  const [expected, from, to] = ['expect', 'from', 'to'].map(name => texts[name]?.[0])
  if (what === 'verify') {
    if (from !== undefined || to !== undefined) throw new UsageError('--from and --to are for kuvert audit export.')
    if (expected !== undefined && !/^[\da-f]{64}$/i.test(expected))
      throw new UsageError('--expect needs a hash as kuvert audit verify prints it: 64 characters, 0 to 9 and a to f.')
    return { what, expectedHash: expected?.toLowerCase() ?? null }
  }
  if (what !== 'export') throw new UsageError(`kuvert audit can verify or export, not "${what}".`)
  if (expected !== undefined) throw new UsageError('--expect is for kuvert audit verify.')
  return { what, period: { from: parseTime('from', from), to: parseTime('to', to) } }
}

function parseTime(option: string, text: string | undefined): Date | undefined {
  if (text === undefined) return undefined
  const time = new Date(text)
  // Without a zone, a time would be another one on each machine.
  const isTime = /^\d{4}-\d{2}-\d{2}(T.*(Z|[+-]\d{2}:\d{2}))?$/.test(text) && !Number.isNaN(time.getTime())
  if (!isTime) throw new UsageError(`--${option} needs a date or a time: 2026-01-31, or 2026-01-31T12:00:00Z.`)
  return time
}
