import { readFile } from 'node:fs/promises'
import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'
import { describeConfigFile, findConfigFile } from '#commands/config-file.ts'
import { explainError } from '#commands/explain-error.ts'
import { commandHelp, generalHelp } from '#commands/help.ts'
import { parseAudit, parseCommandLine, parseRoles, UsageError, type Request } from '#commands/parse-command-line.ts'

/** The command line. Exit codes: 0 done, 1 it did not work, 2 the command line is wrong. */

async function main(args: string[]): Promise<number> {
  const request = parseCommandLine(args)
  if (request.ask === 'run') return runCommand(request)
  if (request.ask === 'version') console.log(await readVersion())
  else process.stdout.write(request.command === undefined ? generalHelp() : commandHelp(request.command))
  return 0
}

/** A command's code is loaded when it is asked for, so that the small ones start at once. */
async function runCommand({ command, texts, flags, positionals }: Request & { ask: 'run' }): Promise<number> {
  const named = texts['config']?.[0]
  const roles = () => parseRoles(texts['roles']?.[0])
  const configFile = () => announce(findConfigFile(named))
  switch (command) {
    case 'serve': {
      const { runServe } = await import('#commands/serve.ts')
      // Standard error is for its log alone.
      return runServe({ configFile: findConfigFile(named), roles: roles() })
    }
    case 'demo': {
      const { runDemo } = await import('#commands/demo.ts')
      const dataFolder = texts['data']?.[0]
      return runDemo({ check: flags.has('check'), ...(dataFolder === undefined ? {} : { dataFolder }) })
    }
    case 'explain': {
      const { runExplain } = await import('#commands/explain.ts')
      const outFolder = texts['out']?.[0]
      const asked = { configFile: configFile(), file: positionals[0]!, to: texts['to'] ?? [] }
      return runExplain({ ...asked, ...(outFolder === undefined ? {} : { outFolder }) })
    }
    case 'check-config': {
      const { runCheckConfig } = await import('#commands/check-config.ts')
      return runCheckConfig({ configFile: findConfigFile(positionals[0] ?? named), roles: roles() })
    }
    case 'example': {
      const { runExample } = await import('#commands/example.ts')
      return runExample({ file: positionals[0] })
    }
    case 'migrate': {
      const { runMigrate } = await import('#commands/migrate.ts')
      return runMigrate({ configFile: configFile() })
    }
    case 'audit': {
      const asked = parseAudit(positionals[0]!, texts)
      const { runAuditExport, runAuditVerify } = await import('#commands/audit.ts')
      return asked.what === 'verify'
        ? runAuditVerify({ configFile: configFile(), ...asked })
        : runAuditExport({ configFile: configFile(), ...asked })
    }
    case 'queue': {
      const { parseQueue } = await import('#commands/queue-request.ts')
      const asked = parseQueue(positionals, flags)
      const { runQueue } = await import('#commands/queue.ts')
      return runQueue({ configFile: configFile(), asked })
    }
    case 'revoke': {
      const { runRevoke } = await import('#commands/revoke.ts')
      return runRevoke({ configFile: configFile(), messageId: positionals[0]!, recipient: texts['recipient']?.[0] })
    }
    case 'hash-password': {
      const { runHashPassword } = await import('#commands/hash-password.ts')
      return runHashPassword()
    }
    case 'make-keys': {
      const { runMakeKeys } = await import('#commands/make-keys.ts')
      return runMakeKeys()
    }
  }
}

/** Which configuration counts must not be a guess. */
function announce(configFile: string | undefined): string | undefined {
  console.error(`Configuration: ${describeConfigFile(configFile)}`)
  return configFile
}

async function readVersion(): Promise<string> {
  const text = await readFile(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

// Types are stripped once, not at every start; without a place to keep the result, it merely takes longer.
enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/kuvert', import.meta.url)))
try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  process.exitCode = error instanceof UsageError ? 2 : 1
  console.error(explainError(error) ?? error)
}
