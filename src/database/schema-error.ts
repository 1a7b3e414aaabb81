/** Why the database cannot be brought up to date: a sentence for the admin. */
export class SchemaError extends Error {
  /** Whether trying again later will do. */
  readonly again: boolean
  constructor(sentence: string, { again, cause }: { again: boolean; cause?: unknown }) {
    super(sentence, { cause })
    this.name = 'SchemaError'
    this.again = again
  }
}
