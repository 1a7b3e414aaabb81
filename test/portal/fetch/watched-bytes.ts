import type { ByteSource } from '#objects/byte-source.ts'

/** Whether something that the portal opened in the object storage has been closed, and how much of it was read. */
export interface Opened {
  destroyed: boolean
  bytesRead: number
}

/** The same bytes, noted among what was opened. */
export function watch(opened: Opened[], bytes: ByteSource): ByteSource {
  const note: Opened = { destroyed: false, bytesRead: 0 }
  opened.push(note)
  return {
    async fill(memory) {
      const filled = await bytes.fill(memory)
      note.bytesRead += filled
      return filled
    },
    close() {
      note.destroyed = true
      bytes.close()
    },
  }
}
