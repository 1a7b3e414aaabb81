import { existsSync } from 'node:fs'

/** Where the configuration is looked for when no file is named, below the folder that Kuvert is started in. */
const usualConfigFile = 'config/kuvert.yaml'

/** The file that is named, else the usual one where it exists, else none: the embedded defaults then count. */
export function findConfigFile(named: string | undefined): string | undefined {
  return named ?? (existsSync(usualConfigFile) ? usualConfigFile : undefined)
}

/** For people: which configuration counts. */
export function describeConfigFile(file: string | undefined): string {
  return file ?? `the embedded defaults (there is no ${usualConfigFile})`
}
