/**
 * V8 sees of a block only the few bytes of its object, lets hundreds of them pile up, and then looks through everything that the
 * process has to find them: a third of what a download took. What has become garbage just now is found in less than a
 * millisecond. Returns what is to be told of each block that was let go of; it does nothing where Node runs without `--expose-gc`.
 */
export function collectsGarbage(everyBytes = 8 * 1024 ** 2): (bytes: number) => void {
  const collect = globalThis.gc
  if (!collect) return () => undefined
  let pending = 0
  return bytes => {
    pending += bytes
    if (pending < everyBytes) return
    pending = 0
    collect({ type: 'minor', execution: 'sync' })
  }
}
