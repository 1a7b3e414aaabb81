/** A part that does not decode strictly: a decoder would have to skip or guess bytes. */
export class BrokenEncoding extends Error {
  constructor(what: string) {
    super(`broken transfer encoding: ${what}`)
    this.name = 'BrokenEncoding'
  }
}
