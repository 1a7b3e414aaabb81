import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { findProgram } from '../../support/servers.ts'

const run = promisify(execFile)

/** Whether load can be made here: its programs are C, for Linux. */
export function canCompile(): boolean {
  return process.platform === 'linux' && findProgram('cc') !== undefined
}

/** Compiles one of the C programs of this folder into `folder`; returns where it is. */
export async function compile(name: 'smtp-source' | 'smtp-sink' | 'http-load', folder: string): Promise<string> {
  const program = join(folder, name)
  await run('cc', ['-O2', '-o', program, fileURLToPath(new URL(`${name}.c`, import.meta.url))])
  return program
}
