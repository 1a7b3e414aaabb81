import { beforeAll, expect, test } from 'vitest'
import { planMail } from '#seal/plan-mail.ts'
import { plan } from '#seal/plan/plan.ts'
import { readBack } from '#seal/plan/read-back.ts'
import { split } from '#seal/split/split.ts'
import { mailFromBuffer, makeSource } from '#mail/mail-source.ts'
import { leaves, type Part } from '#mail/part.ts'
import type { Piece, Plan } from '#model.ts'
import { attachment, leaf, mail, multipart } from '../../support/mail-builder.ts'

const html = leaf('<body><img src="cid:i"></body>', { type: 'text/html; charset=utf-8', encoding: 'base64' })
const image = leaf('PNG-BYTES', { type: 'image/png', encoding: 'base64', contentId: 'i' })
const file = attachment('PDF-BYTES', 'report.pdf', 'application/pdf')
const source = mailFromBuffer(mail(multipart('mixed', [multipart('related', [html, image]), file])))
let root: Part
let good: Plan
let secret: Plan

beforeAll(async () => {
  root = await split(source)
  const [settings, changes] = [
    { linkBlock: 'top', wholeMails: 'seal', inlineImageKiB: 64 } as const,
    { changedSubject: null, removeFields: [] },
  ]
  good = await plan(settings, { root, source }, { ...changes, private: false })
  secret = await plan(settings, { root, source }, { ...changes, private: true })
})

async function check(planned: Plan, original: Part | null = root): Promise<string> {
  try {
    await readBack({ header: root.header, root: original, source }, planned, { split, inlineImageKiB: 64 })
    return 'fine'
  } catch (error) {
    return String(error)
  }
}

function piece(start: number, end: number): Piece {
  return { from: 'mail', range: { start, end } }
}

test('plans as they are made pass', async () => {
  expect(await check(good)).toBe('fine')
  expect(await check(secret)).toBe('fine')
})

test('a detached part is not left in the slim mail, not even a byte of it, anywhere', async () => {
  const [, , pdf] = leaves(root)
  const everything = { ...good, slots: [], slim: [piece(0, source.sizeBytes)] }
  expect(await check(everything)).toContain('has bytes of a detached part')
  for (const at of [pdf!.header.start, pdf!.header.end - 1, pdf!.body.start, pdf!.body.end - 1]) {
    // In the epilogue no reader would look for it; it would be there all the same.
    expect(await check({ ...good, slim: [...good.slim, piece(at, at + 1)] })).toContain('has bytes of a detached part')
  }
  const copied = Buffer.from(`\r\n--x\r\n`)
  expect(await check({ ...good, slim: [...good.slim, { from: 'us', bytes: copied }] })).toContain(
    'has text outside of its parts',
  )
})

test('nothing that is kept goes missing, is doubled or changed', async () => {
  const [text, logo] = leaves(root)
  const whole = await plan(
    { linkBlock: 'top', wholeMails: 'seal', inlineImageKiB: 64 },
    { root, source },
    { changedSubject: null, removeFields: [], private: true },
  )
  const sealed = whole.files[0]!
  const bodyPieces = 'pieces' in sealed.content ? sealed.content.pieces : []
  const withBody = (pieces: Piece[]) => ({
    ...secret,
    files: [{ ...sealed, content: { pieces } }, ...secret.files.slice(1)],
  })
  expect(await check(withBody(bodyPieces))).toBe('fine')
  expect(await check(withBody(cutOut(bodyPieces, logo!.delimiterAt!, root.children[0]!.closeAt!)))).toContain(
    'has 1 parts instead of 2',
  )
  expect(await check(withBody(cutOut(bodyPieces, logo!.body.start, logo!.body.start + 1)))).toContain(
    'has another image/png',
  )
  expect(await check(withBody(cutOut(bodyPieces, text!.body.start, text!.body.start + 4)))).toContain(
    'has another text/html',
  )
  expect(await check({ ...good, slim: cutOut(good.slim, text!.body.end - 4, text!.body.end) })).toContain(
    'has another text/html',
  )
  const shifted = good.slots.map(slot => ({ ...slot, before: `${slot.before}x` }))
  expect(await check({ ...good, slots: shifted })).toContain('has another text/html')
})

test('what is left out are whole parts, and what is kept is still of its type', async () => {
  const [first, ...others] = good.files
  const range = leaves(root)[2]!.body
  const shorter = { ...first!, content: { range: { ...range, end: range.end - 1 }, encoding: 'base64' as const } }
  expect(await check({ ...good, files: [shorter, ...others] })).toContain('leaves out other bytes than whole parts')
  const logo = leaves(root)[1]!
  const letter = logo.header.start + 'Content-Type: image/'.length
  expect(await check({ ...good, slim: cutOut(good.slim, letter, letter + 1) })).toContain('has another image/png')
})

test('what is kept still says how it is encoded, and what it is called', async () => {
  const { header, fields } = leaves(root)[1]!
  for (const [name, complaint] of [
    ['content-transfer-encoding', 'says another transfer encoding'],
    ['content-id', 'has another image/png'],
  ] as const) {
    const { range } = fields.find(field => field.name === name)!
    const slim = cutOut(good.slim, header.start + range.start, header.start + range.end)
    expect(await check({ ...good, slim })).toContain(complaint)
  }
})

test('of a text that has become the mail itself, no more than a line end may be new', async () => {
  const words = leaf('The text', { type: 'text/plain', encoding: '7bit' })
  const other = mailFromBuffer(mail(multipart('mixed', [words, file])))
  const part = await split(other)
  const { start } = leaves(part)[0]!.header
  const head = Buffer.from('MIME-Version: 1.0\r\n')
  const { end } = leaves(part)[0]!.body
  const outcome = async (below: string) => {
    const slim: Piece[] = [{ from: 'us', bytes: head }, piece(start, end), { from: 'us', bytes: Buffer.from(below) }]
    const original = { header: part.header, root: part, source: other }
    return readBack(original, { ...good, slots: [], files: filesOf(part), slim }, { split, inlineImageKiB: 64 }).then(
      () => 'fine',
      String,
    )
  }
  expect([await outcome(''), await outcome('\r\n')]).toEqual(['fine', 'fine'])
  for (const below of ['\r\n\r\n', 'ab', '\n\n']) expect(await outcome(below)).toContain('has another text/plain')
})

test('of a calendar, nothing but the summary may be another', async () => {
  const lines = 'BEGIN:VEVENT\r\nSUMMARY:[secure]\r\n Report\r\nUID:1\r\nEND:VEVENT'
  const texts = multipart('alternative', [leaf('The text'), leaf(lines, { type: 'text/calendar' })])
  const bytes = mail(multipart('mixed', [texts, file]))
  const other = mailFromBuffer(bytes)
  const part = await split(other)
  const { plan: planned } = await planMail({ linkBlock: 'top', wholeMails: 'seal', inlineImageKiB: 64 }, other, {
    changedSubject: null,
    removeFields: [],
    private: false,
  })
  const outcome = async (cut: string) => {
    const at = bytes.indexOf(cut, bytes.indexOf('BEGIN:'))
    const original = { header: part.header, root: part, source: other }
    const slim = cutOut(planned.slim, at, at + cut.length)
    return readBack(original, { ...planned, slim }, { split, inlineImageKiB: 64 }).then(() => 'fine', String)
  }
  for (const cut of ['[secure]', '\r\n Report', '[secure]\r\n Report']) expect(await outcome(cut)).toBe('fine')
  for (const cut of ['UID:1', '1', 'EVENT', '\r\nSUMMARY:[secure]\r\n Report'])
    expect(await outcome(cut)).toContain('has another text/calendar')
})

test('where every part is a file, the slim mail is an empty text', async () => {
  const fileOnly = mailFromBuffer(mail(file))
  const settings = { linkBlock: 'top', wholeMails: 'seal', inlineImageKiB: 64 } as const
  const { plan: planned, root: part } = await planMail(settings, fileOnly, {
    changedSubject: null,
    removeFields: [],
    private: false,
  })
  const slim: Piece[] = [...planned.slim, { from: 'us', bytes: Buffer.from('PDF-BYTES\r\n') }]
  const original = { header: part!.header, root: part, source: fileOnly }
  await expect(readBack(original, { ...planned, slim }, { split, inlineImageKiB: 64 })).rejects.toThrow(
    'is no empty text',
  )
})

test('a notice is a header, with nothing from below it', async () => {
  expect(await check({ ...secret, slim: [...secret.slim, piece(root.header.end, root.body.start + 2)] })).toContain(
    'from below the header',
  )
  expect(
    await check({ ...secret, slim: [...secret.slim, { from: 'us', bytes: Buffer.from('\r\ntext\r\n') }] }),
  ).toContain('more than a header')
  expect(await check({ ...secret, files: secret.files.slice(0, 1) })).toContain('has 2 parts instead of 3')
})

test('a slim mail that cannot be read is a mistake of ours, and nothing to tell the sender', async () => {
  const closeAt = root.children[0]!.closeAt!
  expect(await check({ ...good, slim: cutOut(good.slim, closeAt, source.sizeBytes) })).toBe(
    'Error: The slim mail cannot be read',
  )
})

test('of a mail whose parts cannot be told, nothing is shown', async () => {
  expect(await check(good, null)).toContain('whose parts cannot be told')
  expect(await check({ ...secret, files: [] }, null)).toBe('fine')
})

test('no plan is handed on that has not been read back', async () => {
  const settings = { linkBlock: 'top', wholeMails: 'seal', inlineImageKiB: 64 } as const
  const changes = { changedSubject: null, removeFields: [], private: false }
  const bytes = mail(multipart('related', [leaf('The text'), file], { boundary: 'b' }))
  const outcomes: string[] = []
  // A scratch file that is another one after so many reads: the slim mail is not what was planned.
  for (let reads = 0; reads < 20; reads += 1) {
    let left = reads
    const other = Buffer.from(bytes.toString('latin1').replace('The text', '\r\n--b--\r\n'), 'latin1')
    const changing = makeSource(bytes.length, async range =>
      (left-- > 0 ? bytes : other).subarray(range.start, range.end),
    )
    outcomes.push(await planMail(settings, changing, changes).then(() => 'planned', String))
  }
  expect(outcomes.at(-1)).toBe('planned')
  expect(outcomes.filter(outcome => outcome === 'Error: The slim mail cannot be read')).not.toEqual([])
})

/** The second part as a file. */
function filesOf(part: Part): Plan['files'] {
  const { body, encoding } = leaves(part)[1]!
  return [{ ...good.files[0]!, content: { range: body, encoding } }]
}

/** The same pieces without a range of the mail. */
function cutOut(pieces: Piece[], start: number, end: number): Piece[] {
  return pieces.flatMap(part => {
    if (part.from === 'us' || part.range.end <= start || part.range.start >= end) return [part]
    return [
      piece(part.range.start, Math.max(start, part.range.start)),
      piece(Math.min(end, part.range.end), part.range.end),
    ]
  })
}
