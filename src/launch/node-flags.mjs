/**
 * What Node is started with. Kuvert handles large blocks, which are garbage soon: V8 lets twice 4 MiB of them pile up, and
 * is told when there are some (collect-garbage.ts). They are few: several threads would only wait for each other. It
 * looks through all that there is when that has doubled; left to itself, it does so at every few MiB once it has been idle.
 */
export const nodeFlags = [
  '--max-semi-space-size=4',
  '--no-parallel-scavenge',
  '--heap-growing-percent=100',
  '--expose-gc',
]
