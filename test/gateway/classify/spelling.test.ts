import { expect, test } from 'vitest'
import { normalise, withoutAccents } from '#gateway/classify/spelling.ts'

test('a text of ASCII alone, which takes a shorter way, is read as it is among other letters', () => {
  for (let code = 0; code < 128; code += 1) {
    const character = String.fromCharCode(code)
    const around = (text: string, other: string) => `${other}${text}${other}`
    expect(normalise(around(character, 'ß'))).toBe(around(normalise(character), 'ß'))
    expect(withoutAccents(around(character, 'ß'))).toBe(around(withoutAccents(character), 'ß'))
  }
})
