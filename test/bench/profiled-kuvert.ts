import { startKuvertProcess, type KuvertProcess } from '../support/kuvert-process.ts'

/** A Kuvert to be measured: it logs warnings only, and writes a CPU profile into `profileFolder`, if given, as it stops. */
export async function startProfiledKuvert(
  profileFolder: string | undefined,
  sections: Record<string, unknown> = {},
  ...args: string[]
): Promise<KuvertProcess> {
  const nodeArgs = profileFolder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`]
  return startKuvertProcess({ log: { level: 'warn' }, ...sections }, { nodeArgs, args })
}
