import { roles } from '#model.ts'

/** The commands and options of the command line, as data: what parsing and the help pages are made from. */

export interface OptionUsage {
  type: 'string' | 'boolean'
  multiple?: boolean
  /** Stands for the value in the help. */
  value?: string
  text: string
}

export interface CommandUsage {
  /** One line, in the list of commands. */
  summary: string
  /** Further paragraphs of the command's own page; lines fit a terminal. */
  details: string
  /** Positional arguments as shown, and how many there may be. */
  arguments: { shown: string; least: number; most: number }
  options: Record<string, OptionUsage>
}

const noArguments = { shown: '', least: 0, most: 0 }

const config: OptionUsage = {
  type: 'string',
  value: 'FILE',
  text: 'The configuration. Default: config/kuvert.yaml where\nit exists, else the embedded defaults.',
}

export const commands = {
  serve: {
    summary: 'Run the gateway, the courier, the portal and the upkeep.',
    details: `Everything runs in one process unless --roles says otherwise. Any number of
processes can share one database and one bucket. Ctrl-C or SIGTERM lets what
has begun finish, and then stops.`,
    arguments: noArguments,
    options: {
      config,
      roles: { type: 'string', value: 'LIST', text: `Of ${roles.join(',')}. Default: all.` },
    },
  },
  demo: {
    summary: 'Start it all, send a marked mail through it, print the links.',
    details: `Nothing has to be installed or configured. Everything listens on this machine
only, and no mail leaves it.`,
    arguments: noArguments,
    options: {
      check: { type: 'boolean', text: 'Open the links as a recipient would, and stop.' },
      data: { type: 'string', value: 'FOLDER', text: 'Where the demo keeps its data.' },
    },
  },
  explain: {
    summary: 'Show what would become of a mail, and do nothing.',
    details: `Shows the mark, the options, what becomes of each part, and the resulting mail.
Nothing is sent, stored or asked of anybody.`,
    arguments: { shown: 'FILE.eml', least: 1, most: 1 },
    options: {
      config,
      to: {
        type: 'string',
        multiple: true,
        value: 'ADDRESS',
        text: 'A recipient; can be given again.\nDefault: those in To and Cc.',
      },
      out: { type: 'string', value: 'FOLDER', text: 'Write the resulting mail and files there.' },
    },
  },
  'check-config': {
    summary: 'Check a configuration, and show what counts.',
    details: `Prints every mistake with its line and exits with 1; or prints the effective
settings, defaults included and secrets hidden, and exits with 0. Nothing is
connected to.`,
    arguments: { shown: '[FILE]', least: 0, most: 1 },
    options: {
      config,
      roles: { type: 'string', value: 'LIST', text: 'What kuvert serve will run with it. Default: all.' },
    },
  },
  example: {
    summary: 'Print a configuration with every setting explained.',
    details: 'Prints it, or writes it to the file.',
    arguments: { shown: '[FILE]', least: 0, most: 1 },
    options: {},
  },
  migrate: {
    summary: 'Bring the database up to date.',
    details: `kuvert serve does so as well when it starts. Use this where the database user
of kuvert serve may not change the schema, or to see what is done.`,
    arguments: noArguments,
    options: { config },
  },
  audit: {
    summary: 'Verify what was recorded, or export it.',
    details: `verify reads every entry, names those that were changed, removed or moved, and
exits with 1 if there are any. It prints the head: keep it elsewhere, and give
it to --expect next time, to see that nothing was cut off the end.
export prints one JSON object a line.`,
    arguments: { shown: 'verify|export', least: 1, most: 1 },
    options: {
      config,
      expect: { type: 'string', value: 'HASH', text: 'verify: an entry with this hash must be there.' },
      from: {
        type: 'string',
        value: 'TIME',
        text: 'export: what happened then or later; a date, or\na time as 2026-01-31T12:00:00Z.',
      },
      to: { type: 'string', value: 'TIME', text: 'export: what happened before then.' },
    },
  },
  queue: {
    summary: 'Show, retry or drop what waits to be delivered.',
    details: `Shows every copy and every mail of Kuvert's own that the next hop does not have
yet: since when, how often it was tried, when it is tried next, and the latest
answer.

  queue retry ID…     try these now (the beginning of an id is enough)
  queue retry --all   try all of them now
  queue drop ID…      give these up; senders are told, as of any failure`,
    arguments: { shown: '[retry|drop [ID…]]', least: 0, most: Infinity },
    options: {
      config,
      json: { type: 'boolean', text: 'One JSON object a line, for programs.' },
      all: { type: 'boolean', text: 'retry: everything that is queued.' },
      silent: { type: 'boolean', text: 'drop: the senders are not told.' },
    },
  },
  revoke: {
    summary: "Withdraw a message, or one recipient's link to it.",
    details: `Takes the id that the sender was told when the message was secured; the log has
it as well. It takes effect at once and cannot be undone: the message's key is
forgotten. What somebody has fetched before, they keep.`,
    arguments: { shown: 'MESSAGE', least: 1, most: 1 },
    options: {
      config,
      recipient: { type: 'string', value: 'ADDRESS', text: "This recipient's link alone." },
    },
  },
  'hash-password': {
    summary: 'Make a password hash for the file of people.',
    details: 'Asks for the password, or reads a line of standard input.',
    arguments: noArguments,
    options: {},
  },
  'make-keys': {
    summary: 'Make keys for the configuration.',
    details: 'Prints a new master key and a new link key, ready for the configuration.',
    arguments: noArguments,
    options: {},
  },
} as const satisfies Record<string, CommandUsage>

export type CommandName = keyof typeof commands
