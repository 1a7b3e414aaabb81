import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)
const packages = ['postfix', 'mimedefang', 'nginx', 'gcc']

/** Of Node and of the Debian packages that are measured beside Kuvert, in a line. */
export async function versions(): Promise<string> {
  const known = await Promise.all(
    packages.map(async name => {
      const asked = run('dpkg-query', ['-W', '-f', '${Version}', name])
      // Where there is no dpkg, or no such package.
      const version = await asked.then(
        ({ stdout }) => stdout,
        () => '',
      )
      return version === '' ? [] : [`${name} ${version}`]
    }),
  )
  return [`Node ${process.version}`, ...known.flat()].join(', ')
}
