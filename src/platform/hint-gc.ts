const everyBytes = 4 * 1024 ** 2
/** Of this thread, as its heap is. */
let pendingBytes = 0

/**
 * Told of blocks that have just become garbage. V8 sees of each only the few bytes of its object, lets a thousand of them pile up,
 * and then looks through everything that the process has to find them: a third of what a download took. Those that are
 * young are found in less than a millisecond. Does nothing where Node runs without `--expose-gc`.
 */
export function letGo(bytes: number): void {
  pendingBytes += bytes
  if (pendingBytes < everyBytes) return
  pendingBytes = 0
  globalThis.gc?.({ type: 'minor', execution: 'sync' })
}
