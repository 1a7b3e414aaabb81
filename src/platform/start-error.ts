/** Why Kuvert or one of its commands cannot start: a sentence for the admin, who can do something about it. */
export class StartError extends Error {
  override readonly name = 'StartError'
}
