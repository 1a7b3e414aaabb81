/** Where a process is to end. */
export interface CrashPoint {
  /**
   * How the point begins: a function of a step (`seal/store/commit.ts#commit`), of the object storage
   * (`objects.put`), of Node (`fs.unlink`), or a statement (`sql insert into links`; `sql` is any but those that chain the
   * audit, `chaining select chain_audit`).
   */
  at: string
  /** `during`: when it hands on a chunk of what it streams. */
  when: 'before' | 'after' | 'during'
  /** The first time (1), the second … since it was armed. */
  nth?: number
}
