#!/usr/bin/env node
// The `kuvert` command: runs main.ts under Node 24, with Kuvert's flags. Plain JavaScript, since the machine's own Node may
// be older. It installs nothing: a service must not change under itself.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'
import { findMissing, findNode, root } from './installed.mjs'
import { nodeFlags } from './node-flags.mjs'

const main = new URL('../main.ts', import.meta.url)

try {
  await start()
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}

async function start() {
  const missing = findMissing({ withDev: false })
  if (missing === 'nothing is installed') {
    throw new Error(
      `Kuvert is not installed in ${root} yet: run "npm ci --omit=dev" there, or "npm run demo" to look around.`,
    )
  }
  if (missing) {
    throw new Error(
      `Kuvert is not completely installed in ${root}: ${missing}. ` +
        'Run "npm ci --omit=dev" there; if Kuvert runs from there, stop it first.',
    )
  }
  const node = findNode()
  // A service is started with the flags and needs no second process.
  if (node === process.execPath && nodeFlags.every(flag => process.execArgv.includes(flag))) await import(main.href)
  else process.exitCode = await run(node)
}

/** Runs main.ts with our arguments, and returns its exit code. */
function run(node) {
  const child = spawn(node, [...nodeFlags, fileURLToPath(main), ...process.argv.slice(2)], { stdio: 'inherit' })
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
