#!/usr/bin/env node
// The `kuvert` command: installs what is missing, then runs main.ts under Node 24. Plain JavaScript, since
// the machine's own Node may be older.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'
import { ensureInstalled } from './install.mjs'
import { nodeFlags } from './node-flags.mjs'

try {
  process.exitCode = await run(await ensureInstalled())
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}

/** Runs main.ts with our arguments, and returns its exit code. */
function run(node) {
  const main = fileURLToPath(new URL('main.ts', import.meta.url))
  const child = spawn(node, [...nodeFlags, main, ...process.argv.slice(2)], { stdio: 'inherit' })
  // A terminal sends Ctrl-C to both of us; a supervisor sends its signal to us only. Either way Kuvert is the
  // one who decides when it is done, so we wait for it.
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  for (const signal of signals) process.on(signal, () => forward(child, signal))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve(code ?? 128 + (constants.signals[signal] ?? 0)))
  })
}

function forward(child, signal) {
  // In a terminal the child has had its own SIGINT already; a second one would mean "stop at once".
  if (signal === 'SIGINT' && process.stdin.isTTY) return
  child.kill(signal)
}
