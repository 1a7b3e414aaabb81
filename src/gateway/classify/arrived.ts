import type { HeaderField } from '#mail/header-fields.ts'
import type { Envelope } from '#model.ts'

/** What is known of a mail when it must be told whether it is marked. */
export interface Arrived {
  /** With its blank line, where it has one. */
  headerSection: Buffer
  /** Its fields, with their ranges; every other line of it is malformed. */
  fields: HeaderField[]
  envelope: Envelope
  /** Bytes seen so far, or the whole size when `complete`. */
  sizeBytes: number
  complete: boolean
}
