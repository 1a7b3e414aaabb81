/** Variables that programs need to be found, to find their libraries, and for scratch files. */
const passedOn = ['PATH', 'LD_LIBRARY_PATH', 'TMPDIR'] as const

/**
 * The environment of a program that Kuvert starts, with `own` variables added. The secrets of Kuvert's own environment are
 * left out: the program may run as another user, and other processes of that user can read its environment.
 */
export function childEnvironment(own: Record<string, string>): NodeJS.ProcessEnv {
  const needed = passedOn.flatMap(name => (process.env[name] === undefined ? [] : [[name, process.env[name]]]))
  return { ...(Object.fromEntries(needed) as NodeJS.ProcessEnv), ...own }
}
