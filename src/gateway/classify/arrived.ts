import type { HeaderField } from '#mail/header-fields.ts'
import type { Envelope } from '#model.ts'

/** What is known of a mail when it must be told whether it is marked. */
export interface Arrived {
  fields: HeaderField[]
  malformedLines: number
  envelope: Envelope
  /** Bytes seen so far, or the whole size when `complete`. */
  sizeBytes: number
  complete: boolean
}
