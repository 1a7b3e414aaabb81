import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { attachment, encodeBase64, encodeQuotedPrintable, leaf, mail, multipart } from '../support/mail-builder.ts'
import { leaksOfWhole, seal, type MailInput, type Sealed } from './check-mail.ts'
import { inputFor } from './inputs.ts'
import { plantedMail } from './planted-mail.ts'
import { randomFrom } from '../support/random.ts'

const file = Buffer.from('what is in the file: KvFsecret, and more')
const text = leaf('what is in the text: KvTsecret\r\n', { type: 'text/plain; charset=utf-8' })
const input: MailInput = {
  bytes: mail(multipart('mixed', [text, attachment(file, 'KvNsecret.pdf')])),
  private: false,
  linkBlock: 'top',
  blockBytes: 100,
  isWhole: true,
  planted: {
    files: [{ marker: 'KvFsecret', content: file }],
    texts: ['KvTsecret'],
    names: ['KvNsecret'],
    hidden: [],
    isSigned: false,
  },
}

/** A rewriter that leaves something behind in the copy. */
async function leaking(left: Buffer, isPrivate = false): Promise<string[]> {
  const sealed = await seal({ ...input, private: isPrivate })
  return leaksOfWhole({ ...input, private: isPrivate }, { ...sealed, copy: Buffer.concat([sealed.copy, left]) })
}

test('what is sealed as it should be has no leaks', async () => {
  expect(await leaking(Buffer.alloc(0))).toEqual([])
  expect(await leaking(Buffer.alloc(0), true)).toEqual([])
})

test.each([
  ['as it is', file],
  ['in base64', encodeBase64(file)],
  ['in base64 whose start is cut off', encodeBase64(file).subarray(1)],
  ['in base64 within text', Buffer.concat([Buffer.from('x'), encodeBase64(file)])],
  ['in quoted-printable', encodeQuotedPrintable(Buffer.concat([Buffer.alloc(60, 0x61), file]))],
  ['in base64 within base64', encodeBase64(encodeBase64(file))],
  ['in part', file.subarray(21, 30)],
])('a copy that still has the file %s is caught', async (_, left) => {
  expect(await leaking(left)).toContain('the file with KvFsecret can be found in the copy')
})

test('a notice that says anything of a private mail is caught', async () => {
  expect(await leaking(encodeBase64(Buffer.from('it says KvTsecret')), true)).toEqual([
    'the text with KvTsecret can be found in the notice',
  ])
  expect(await leaking(Buffer.from('KvNsecret.pdf'), true)).toEqual([
    'the file name KvNsecret can be found in the notice',
  ])
  expect(await leaking(file, true)).toEqual(['the file with KvFsecret can be found in the copy'])
})

test.each<[string, (sealed: Sealed) => Sealed]>([
  ['without its file', sealed => ({ ...sealed, files: [] })],
  ['with a file that has lost a byte', sealed => ({ ...sealed, files: [file.subarray(0, -1)] })],
  ['with a file that is there twice', sealed => ({ ...sealed, files: [file, file] })],
])('a mail that is sealed %s is caught', async (_, spoil) => {
  expect(leaksOfWhole(input, spoil(await seal(input)))).not.toEqual([])
})

test('the same seed gives the same inputs, another seed others', () => {
  const inputs = (seed: string) => [0, 1, 2, 3].map(index => inputFor(seed, index).bytes.toString('hex'))
  expect(inputs('a')).toEqual(inputs('a'))
  expect(inputs('a')).not.toEqual(inputs('b'))
})

test('the mails that are built differ, and hold what was planted in them', () => {
  const built = Array.from({ length: 200 }, (_, index) => plantedMail(randomFrom(`built/${index}`)))
  expect(new Set(built.map(({ bytes }) => bytes.toString('latin1').replace(/Kv\w+/g, ''))).size).toBeGreaterThan(190)
  for (const kind of ['files', 'texts', 'names', 'hidden'] as const)
    expect(built.some(each => each[kind].length > 0)).toBe(true)
})

test('a few hundred inputs show nothing wrong', async () => {
  const wrong: [number, string[]][] = []
  for (let index = 0; index < 400; index += 1) {
    const found = await inputFor('tests', index).check()
    if (found.length > 0) wrong.push([index, found])
  }
  expect(wrong).toEqual([])
})

test('the program tries inputs for as long as it is told to, and says how often', async () => {
  const run = async (...args: string[]) => {
    const child = execFile(process.execPath, ['--expose-gc', join(import.meta.dirname, 'fuzz.ts'), ...args])
    let output = ''
    child.stdout?.on('data', (chunk: string) => (output += chunk))
    const [code] = (await once(child, 'close')) as [number]
    return { code, output }
  }
  const { code, output } = await run('--seconds', '1', '--seed', 'tests')
  expect(output).toMatch(
    /^\nTried with the seed tests: \d+ × .*\nThe slowest, \d+, took \d+ ms .*\nNothing is wrong\.\n$/,
  )
  expect(code).toBe(0)
  expect(await run('--seconds', 'x')).toEqual({ code: 2, output: '' })
})
