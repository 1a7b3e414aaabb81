import { commands, type CommandName, type CommandUsage, type OptionUsage } from './usage.ts'

/** The page of `kuvert --help`. Fits 80 columns. */
export function generalHelp(): string {
  const width = Math.max(...Object.keys(commands).map(name => name.length)) + 2
  const list = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(width)}${summary}`)
  return `Kuvert takes the attachments out of marked mail, seals them, and sends each
recipient a link instead.

Usage: kuvert COMMAND [OPTIONS]

Commands:
${list.join('\n')}

Options:
  -h, --help       Show this page; after a command, the page of that command.
  -v, --version    Show the version.

kuvert help COMMAND shows the options of a command. To look around, begin with
kuvert demo.
`
}

/** The page of one command. Fits 80 columns. */
export function commandHelp(name: CommandName): string {
  const usage: CommandUsage = commands[name]
  const options = Object.entries(usage.options)
  const shown = [usage.arguments.shown, options.length > 0 ? '[OPTIONS]' : ''].filter(Boolean)
  const lines = options.map(([option, each]) => optionLines(option, each))
  const list = lines.length === 0 ? '' : `\nOptions:\n${lines.join('\n')}\n`
  return `${usage.summary}\n\nUsage: ${['kuvert', name, ...shown].join(' ')}\n\n${usage.details}\n${list}`
}

function optionLines(name: string, { value, text }: OptionUsage): string {
  const [first, ...rest] = text.split('\n')
  const left = `  --${name}${value === undefined ? '' : ` ${value}`}`.padEnd(20)
  return [`${left}  ${first}`, ...rest.map(line => `${' '.repeat(22)}${line}`)].join('\n')
}
