// Makes sure that node_modules is what package-lock.json says, and that a Node 24 is in it. Runs before
// the npm scripts, under whatever Node the machine has: plain JavaScript, nothing imported but Node's own.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { argv, env, execPath, exit, pid, platform, arch, versions } from 'node:process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const leastNode = 24
const ownNode = join(root, 'node_modules', '.bin', platform === 'win32' ? 'node.cmd' : 'node')

/**
 * Installs if something is missing, and returns the Node (at least 24) to run Kuvert with. Throws an Error
 * with a sentence for people. Safe when several run at once: one installs, the others wait.
 */
export async function ensureInstalled() {
  if (!isComplete()) await installOnce()
  const node = findNode()
  if (node) return node
  throw new Error(
    `Kuvert needs Node ${leastNode} or later. This is Node ${versions.node}, and there is no newer one from npm for ` +
      `${platform}-${arch}: install it from https://nodejs.org and try again.`,
  )
}

/** True when every package of the lock file that belongs here is installed in its version. */
function isComplete() {
  const installed = readPackages(join(root, 'node_modules', '.package-lock.json'))
  if (!installed) return false
  const wanted = readPackages(join(root, 'package-lock.json')) ?? {}
  const withoutDev = env.NODE_ENV === 'production' || /\bdev\b/.test(env.npm_config_omit ?? '')
  const missing = Object.entries(wanted).some(([path, { version, optional, devOptional, dev }]) => {
    if (path === '' || installed[path]?.version === version) return false
    return installed[path] || !(optional || devOptional || (dev && withoutDev))
  })
  // A node_modules that was copied from another kind of machine.
  const foreign = Object.values(installed).some(({ os, cpu }) => !suits(os, platform) || !suits(cpu, arch))
  return !missing && !foreign && (isNewEnough(versions.node) || !ownNodeIsWanted(wanted) || existsSync(ownNode))
}

/** package.json's os and cpu: a list of names, or of names with ! before them. */
function suits(names, own) {
  if (!names || names.length === 0) return true
  if (names.includes(`!${own}`)) return false
  return names.includes(own) || names.every(name => name.startsWith('!'))
}

function ownNodeIsWanted(wanted) {
  return `node_modules/${ownNodePackage()}` in wanted
}

function ownNodePackage() {
  return `node-${platform === 'win32' ? 'win' : platform}-${arch}`
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages
  } catch {
    return undefined
  }
}

function findNode() {
  if (isNewEnough(versions.node)) return execPath
  if (!existsSync(ownNode)) return undefined
  const { status, stdout } = spawnSync(ownNode, ['--version'], { encoding: 'utf8', shell: platform === 'win32' })
  return status === 0 && isNewEnough(stdout.replace(/^v/, '')) ? ownNode : undefined
}

function isNewEnough(version) {
  return Number.parseInt(version, 10) >= leastNode
}

/** One process installs at a time; npm ci begins by removing what another one might be writing. */
async function installOnce() {
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
    if (!isComplete()) await install()
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

async function install() {
  if (!env.CI) console.error('Installing what Kuvert needs (npm ci); this takes a minute the first time …')
  const [command, ...args] = npmCommand()
  const child = spawn(command, [...args, 'ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    // The output is npm's own affair unless it fails; npm run prints its own heading otherwise.
    stdio: ['ignore', 'pipe', 'pipe'],
    env: cleanEnvironment(),
    shell: command === 'npm' && platform === 'win32',
  })
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

/** The npm that runs us, where one does; else the one on the path. */
function npmCommand() {
  const running = env.npm_execpath
  return running && basename(running) === 'npm-cli.js' ? [execPath, running] : ['npm']
}

/** What npm told its script is about that script, and would make this npm ci act in another folder. */
function cleanEnvironment() {
  const about = /^npm_(package|lifecycle|command|config_(local_prefix|prefix|global|package|call|yes|workspace))/i
  return Object.fromEntries(Object.entries(env).filter(([name]) => !about.test(name)))
}

if (argv[1] && basename(argv[1]) === 'install.mjs' && import.meta.url.endsWith('/src/install.mjs')) {
  try {
    await ensureInstalled()
  } catch (error) {
    console.error(error.message)
    exit(1)
  }
}
