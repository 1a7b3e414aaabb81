// Reads what is installed in node_modules, and changes nothing. Runs under whatever Node the machine has: plain JavaScript,
// nothing imported but Node's own.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { arch, execPath, platform, versions } from 'node:process'
import { fileURLToPath } from 'node:url'

/** The folder of package.json. */
export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '')

const leastNode = 24
const ownNode = join(root, 'node_modules', '.bin', platform === 'win32' ? 'node.cmd' : 'node')

/**
 * Which package of the lock file is not installed as it must be, in words for people; undefined if none is. Packages for
 * development count only with `withDev`. Optional packages may always be missing.
 */
export function findMissing({ withDev }) {
  const installed = installedPackages()
  if (!installed) return 'nothing is installed'
  for (const [path, { version, optional, dev }] of Object.entries(wantedPackages())) {
    const found = installed[path]
    if (path === '' || (dev && !withDev) || (found ? found.version === version : optional)) continue
    const name = path.replace(/^.*node_modules\//, '')
    return found ? `${name} is ${found.version} instead of ${version}` : `${name} ${version} is missing`
  }
  const isForeign = Object.values(installed).some(({ os, cpu }) => !suits(os, platform) || !suits(cpu, arch))
  return isForeign ? 'node_modules comes from another kind of machine' : undefined
}

/** True if packages are installed, and none of those that only developers need (npm ci --omit=dev). */
export function isWithoutDev() {
  const installed = installedPackages()
  return installed !== undefined && !Object.values(installed).some(({ dev }) => dev)
}

/** The program of a Node that can run Kuvert: this one, else the one in node_modules. Throws an Error with a sentence. */
export function findNode() {
  const node = newEnoughNode()
  if (node) return node
  const fromNpm = ownNodeIsWanted() ? `, or run "npm ci --omit=dev" in ${root}, which brings one along` : ''
  throw new Error(
    `Kuvert needs Node ${leastNode} or later, and this is Node ${versions.node}: ` +
      `install a newer one from https://nodejs.org${fromNpm}.`,
  )
}

/** False if this machine's Node is too old, and npm ci would bring a newer one. */
export function isNodeSettled() {
  return newEnoughNode() !== undefined || !ownNodeIsWanted()
}

function newEnoughNode() {
  if (isNewEnough(versions.node)) return execPath
  if (!existsSync(ownNode)) return undefined
  const { status, stdout } = spawnSync(ownNode, ['--version'], { encoding: 'utf8', shell: platform === 'win32' })
  return status === 0 && isNewEnough(stdout.replace(/^v/, '')) ? ownNode : undefined
}

function ownNodeIsWanted() {
  return `node_modules/node-${platform === 'win32' ? 'win' : platform}-${arch}` in wantedPackages()
}

function isNewEnough(version) {
  return Number.parseInt(version, 10) >= leastNode
}

/** package.json's os and cpu: a list of names, or of names with ! before them. */
function suits(names, own) {
  if (!names || names.length === 0) return true
  if (names.includes(`!${own}`)) return false
  return names.includes(own) || names.every(name => name.startsWith('!'))
}

function installedPackages() {
  return readPackages(join(root, 'node_modules', '.package-lock.json'))
}

function wantedPackages() {
  return readPackages(join(root, 'package-lock.json')) ?? {}
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages
  } catch {
    return undefined
  }
}
