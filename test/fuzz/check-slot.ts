import iconv from 'iconv-lite'
import { copySize, rewrite } from '#courier/rewrite/rewrite.ts'
import type { CopyFacts } from '#courier/rewrite/copy-facts.ts'
import type { Slot } from '#model.ts'
import type { Random } from '../support/random.ts'
import { readings } from './readings.ts'

/** A slim mail with one slot, and what is written there. */
export interface SlotInput {
  facts: CopyFacts
  slim: Buffer
  blockBytes: number
}

const charsets = [
  'utf-8',
  'us-ascii',
  'iso-8859-1',
  'iso-8859-15',
  'windows-1251',
  'koi8-r',
  'shift_jis',
  'euc-jp',
  'gb18030',
  'big5',
]
  .concat([
    'iso-2022-jp',
    'iso-2022-kr',
    'utf-7',
    'utf-7-imap',
    'hz-gb-2312',
    'utf-16',
    'utf-16le',
    'utf-16be',
    'utf-32',
    'ucs-2',
  ])
  .concat([
    'x-unknown',
    'hex',
    'base64',
    'binary',
    'cp037',
    'macintosh',
    'tis-620',
    'armscii8',
    '',
    'UTF-8',
    'ibm1047',
    'viscii',
  ])

const characters = [
  'a',
  'Å',
  'é',
  '€',
  '漢',
  '🔒',
  '–',
  '~',
  '+',
  '\\',
  '&',
  '<',
  '"',
  '\u202e',
  '\u0000',
  '\ud800',
  '.',
  '-',
  ' ',
  '\r\n',
  '=',
  '_',
]

/** Any slot that a plan could ask for, and some that none would. */
export function anySlot(random: Random): SlotInput {
  const encoding = random.pick(['7bit', '8bit', 'binary', 'quoted-printable', 'base64'] as const)
  const cut = encoding === 'base64' ? random.below(3) : 0
  const isWide = random.chance(0.3)
  const slot: Slot = {
    offset: 0,
    kind: random.pick(['text', 'html'] as const),
    charset: isWide ? random.pick(['utf-16le', 'utf-16be']) : random.pick(charsets),
    encoding,
    flowed: random.chance(0.3),
    position: random.pick(['top', 'bottom'] as const),
    before: random.bytes(cut).toString('latin1'),
    after: random.bytes(cut === 0 ? 0 : 3 - cut).toString('latin1'),
  }
  const before = Buffer.from('Subject: x\r\n\r\n')
  const slim = Buffer.concat([before, Buffer.from('SGVq\r\n'.repeat(random.below(4)))])
  return {
    slim,
    blockBytes: random.between(1, 40),
    facts: {
      message: {
        senderName: words(random, 40),
        lang: random.pick(['sv', 'en'] as const),
        login: random.pick(['recipients', 'locals', 'none'] as const),
        max: random.pick([null, 1, 1000]),
        expiresAt: new Date(1.8e12 + random.below(1e10)),
        private: random.chance(0.2),
        copy: random.chance(0.1) ? 'notice' : 'detach',
        slots: [{ ...slot, offset: random.chance(0.5) ? before.length : slim.length }],
        slimSizeBytes: slim.length,
      },
      files: Array.from({ length: random.pick([0, 1, 2, 60]) }, () => ({
        kind: random.pick(['attachment', 'body', 'mail', 'protected'] as const),
        name: words(random, random.pick([5, 30, 400])),
        sizeBytes: random.below(2 ** 40),
      })),
      link: {
        url: `https://kuvert.example/l/${random.bytes(24).toString('base64url')}`,
        recipient: words(random, 20),
        isLocal: random.chance(0.5),
      },
      organisation: words(random, 20),
    },
  }
}

function words(random: Random, most: number): string {
  return Array.from({ length: random.between(1, most) }, () => random.pick(characters)).join('')
}

/** Whether the copy is whole lines around the slim mail's own bytes, whatever the blocks, and shows the link. */
export async function checkSlot({ facts, slim, blockBytes }: SlotInput): Promise<string[]> {
  const written = async (size: number) => Buffer.concat(await Array.fromAsync(rewrite(facts, inBlocks(slim, size))))
  const copy = await written(blockBytes)
  const wrong: string[] = []
  if (facts.message.copy === 'detach' && !copy.equals(await written(slim.length)))
    wrong.push('the copy depends on the size of the blocks')
  if (copySize(facts) !== copy.length) wrong.push(`the copy has ${copy.length} bytes, not ${copySize(facts)}`)
  const lines = copy.toString('latin1').split('\r\n')
  if (lines.some(line => line.length > 998 || /[\r\n]/.test(line))) wrong.push('a line of the copy cannot be sent')
  const slot = { ...facts.message.slots[0]!, ...(facts.message.copy === 'notice' ? { offset: slim.length } : {}) }
  const added = copy.subarray(slot.offset, copy.length - (slim.length - slot.offset))
  if (!copy.subarray(0, slot.offset).equals(slim.subarray(0, slot.offset)))
    wrong.push('bytes before the slot are changed')
  if (!copy.subarray(slot.offset + added.length).equals(slim.subarray(slot.offset)))
    wrong.push('bytes after the slot are changed')
  const { charset, encoding } = slot
  const texts = readings(added).flatMap(text => [text, ...wideReading(text, charset)])
  if (!texts.some(text => text.includes(facts.link.url)))
    wrong.push(`the link cannot be read: ${charset} in ${encoding}`)
  return wrong
}

function wideReading(text: string, charset: string): string[] {
  if (!/^(utf-?(16|32)|ucs)/i.test(charset)) return []
  const bytes = Buffer.from(text, 'latin1')
  const shifted = [0, 1, 2, 3].map(start => bytes.subarray(start))
  return shifted.flatMap(from => ['utf-16le', 'utf-16be', 'utf-32le', 'utf-32be'].map(name => iconv.decode(from, name)))
}

async function* inBlocks(bytes: Buffer, blockBytes: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += blockBytes) yield bytes.subarray(at, at + blockBytes)
}
