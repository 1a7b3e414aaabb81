import { expect, test } from 'vitest'
import { parameterText, readStructuredValue } from '#mail/parameters.ts'

const nameIn = (parameters: string) => parameterText(readStructuredValue(`attachment; ${parameters}`), 'filename')

test('a name in ISO-2022-JP is decoded as in an encoded word', () => {
  const encoded = '%1B%24%42%25%46%25%39%25%48%1B%28%42%2E%74%78%74'
  expect(nameIn(`filename*=ISO-2022-JP''${encoded}`)).toBe('テスト.txt')
  const pieces = [encoded.slice(0, 27), encoded.slice(27)]
  expect(nameIn(`filename*0*=iso-2022-jp'ja'${pieces[0]}; filename*1*=${pieces[1]}`)).toBe('テスト.txt')
})

test('a name in UTF-8 that is cut within a letter loses that letter alone', () => {
  const cut = Buffer.from('Årsbokslut för månaden å').toString('latin1').slice(0, -1)
  expect(nameIn(`filename="${cut}"`)).toBe('Årsbokslut för månaden \ufffd')
})
