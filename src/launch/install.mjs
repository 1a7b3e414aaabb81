// Runs before npm's scripts for newcomers and developers (demo, test …), under whatever Node the machine has: plain
// JavaScript, nothing imported but Node's own. The command `kuvert` and the service never run it.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { argv, env, execPath, exit, pid, platform } from 'node:process'
import { findMissing, findNode, isNodeSettled, isWithoutDev, root } from './installed.mjs'

/**
 * Installs what package-lock.json names if something of it is missing; with `withDev`, also what only developers need.
 * An installation without packages for development is a production one, which others may be running from: it is left
 * as it is. Throws an Error with a sentence for people. Safe when several run at once: one installs, the others wait.
 */
async function ensureInstalled(wanted) {
  if (isComplete(wanted)) return
  if (isWithoutDev()) {
    const why = findMissing(wanted) ?? 'a newer Node is missing'
    const command = wanted.withDev ? 'npm ci --include=dev' : 'npm ci --omit=dev'
    throw new Error(
      `${root} was installed without packages for development and is left as it is, although ${why}. ` +
        `Stop Kuvert if it runs from there, and run "${command}".`,
    )
  }
  await installOnce(wanted)
  findNode()
}

function isComplete(wanted) {
  return findMissing(wanted) === undefined && isNodeSettled()
}

/** One process installs at a time; npm ci begins by removing what another one might be writing. */
async function installOnce(wanted) {
  const lock = join(tmpdir(), `kuvert-install-${createHash('sha256').update(root).digest('hex').slice(0, 16)}`)
  for (;;) {
    try {
      writeFileSync(lock, String(pid), { flag: 'wx' })
      break
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    if (isAbandoned(lock)) rmSync(lock, { force: true })
    else await new Promise(resolve => setTimeout(resolve, 200))
  }
  try {
    // Another process may have been done with it while this one waited.
    if (!isComplete(wanted)) await install(wanted)
  } finally {
    rmSync(lock, { force: true })
  }
}

function isAbandoned(lock) {
  try {
    const owner = Number(readFileSync(lock, 'utf8'))
    // Between making the file and writing the number there is a moment.
    if (!owner) return Date.now() - statSync(lock).mtimeMs > 5000
    process.kill(owner, 0)
    return false
  } catch (error) {
    return error.code === 'ESRCH'
  }
}

async function install({ withDev }) {
  if (!env.CI) console.error('Installing what Kuvert needs (npm ci); this takes a minute the first time …')
  const [command, ...args] = npmCommand()
  const child = spawn(
    command,
    [...args, 'ci', ...(withDev ? ['--include=dev'] : []), '--no-audit', '--no-fund', '--loglevel=error'],
    {
      cwd: root,
      // The output is npm's own affair unless it fails; npm run prints its own heading otherwise.
      stdio: ['ignore', 'pipe', 'pipe'],
      env: cleanEnvironment(),
      shell: command === 'npm' && platform === 'win32',
    },
  )
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (output += chunk))
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve))
  if (code === 0) return
  throw new Error(`npm ci did not work (exit code ${code}):\n${withoutUsage(output)}`)
}

/** What npm says, without the page on how npm ci is used that it puts below some errors. */
function withoutUsage(output) {
  const lines = output
    .replace(/npm error Clean install a project[^]*?(?=npm error A complete log|$)/, '')
    .trim()
    .split('\n')
  return lines.length <= 20 ? lines.join('\n') : [...lines.slice(0, 18), '…', lines.at(-1)].join('\n')
}

/** The npm that runs us, if one does; else the one on the path. */
function npmCommand() {
  const running = env.npm_execpath
  return running && basename(running) === 'npm-cli.js' ? [execPath, running] : ['npm']
}

/** What npm told its script is about that script, and would make this npm ci act in another folder. */
function cleanEnvironment() {
  const about = /^npm_(package|lifecycle|command|config_(local_prefix|prefix|global|package|call|yes|workspace))/i
  return Object.fromEntries(Object.entries(env).filter(([name]) => !about.test(name)))
}

if (argv[1] && basename(argv[1]) === 'install.mjs' && import.meta.url.endsWith('/src/launch/install.mjs')) {
  try {
    await ensureInstalled({ withDev: argv[2] === 'dev' })
  } catch (error) {
    console.error(error.message)
    exit(1)
  }
}
