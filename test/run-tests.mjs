// `npm test`: runs vitest with the arguments it was given. For the whole suite it installs the real servers first. For files
// or a project that are named it does not: what needs a server that is not here is skipped, and named at the end. Plain
// JavaScript, for whatever Node the machine has.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { argv, exit } from 'node:process'
import { findNode, root } from '../src/launch/installed.mjs'

const wanted = argv.slice(2)
if (!wanted.some(isChoice)) runNode(join(root, 'test', 'install.mjs'))
exit(runNode(join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', ...wanted))

/** True for the name of a file or a project. A number is the value of the option before it. */
function isChoice(argument) {
  return argument.startsWith('--project') || !/^[-\d]/.test(argument)
}

function runNode(...args) {
  const { status } = spawnSync(findNode(), args, { cwd: root, stdio: 'inherit' })
  return status ?? 1
}
