const pattern = /^[A-Za-z0-9_-]+(\/[A-Za-z0-9_-]+)*$/
const maxCharacters = 200

/** Throws unless this is a key that every storage can hold as it is. Keys are ours: another one is our bug. */
export function checkObjectKey(key: string): void {
  if (key.length > maxCharacters || !pattern.test(key))
    throw new Error(`Not a key of an object: ${JSON.stringify(key)}`)
}
