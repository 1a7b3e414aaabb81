import fc from 'fast-check'
import { expect, test } from 'vitest'
import { split } from '#seal/split/split.ts'
import { mailFromBuffer } from '#mail/mail-source.ts'
import type { PlannedFile } from '#model.ts'
import { leaf, mail, multipart, type Entity } from '../../support/mail-builder.ts'
import { htmlBlock, parse, planned, sha256, textBlock } from '../../support/planned.ts'

type Encoding = '8bit' | 'quoted-printable' | 'base64'
interface Text {
  kind: 'text' | 'html'
  content: string
  encoding: Encoding
}
interface File {
  kind: 'file'
  content: Buffer
  encoding: Encoding
  name: string
}
interface Multipart {
  kind: 'mixed' | 'alternative' | 'related'
  boundary: string
  preamble: boolean
  parts: Tree[]
}
/** A mail to be, from which the files can be left out before it is written. */
type Tree = Text | File | Multipart

const encoding = fc.constantFrom<Encoding>('8bit', 'quoted-printable', 'base64')
const line = fc.string({ unit: fc.constantFrom('a', 'Ö', '-', '=', ' ', '.', '<', '😀'), maxLength: 30 })
const content = fc.array(line, { minLength: 1, maxLength: 4 }).map(lines => lines.join('\r\n').replace(/--/g, '-'))

const anyText = fc.record({ kind: fc.constantFrom<Text['kind']>('text', 'html'), content, encoding })

const anyFile = fc.record({
  kind: fc.constant<File['kind']>('file'),
  // Long enough to be found, and never like a boundary line: bytes from 0x30 up, with CRLF now and then.
  content: fc
    .array(fc.integer({ min: 0x30, max: 0xff }), { minLength: 20, maxLength: 200 })
    .map(bytes => Buffer.from(bytes.flatMap(byte => (byte === 0xff ? [13, 10] : byte)))),
  encoding,
  name: fc.constantFrom('a.pdf', 'ö.docx', 'b'),
})

const { tree } = fc.letrec<{ tree: Tree }>(tie => ({
  tree: fc.oneof({ maxDepth: 4 }, anyText, anyFile, {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom<Multipart['kind']>('mixed', 'mixed', 'alternative', 'related'),
      boundary: fc.string({ unit: fc.constantFrom('a', 'B', "'", '+', '_', '.', '='), minLength: 1, maxLength: 70 }),
      preamble: fc.boolean(),
      parts: fc.array(tie('tree'), { minLength: 1, maxLength: 4 }),
    }),
  }),
}))

/** Writes the tree with all of its parts, or without its files. Null where nothing is left. */
function build(node: Tree, parts: 'all parts' | 'no files', number = '1'): Entity | null {
  if (isMultipart(node)) {
    const written = node.parts
      .map((part, index) => build(part, parts, `${number}-${index}`))
      .filter(part => part !== null)
    const around = node.preamble ? { preamble: 'Not shown.', epilogue: 'Nor this.' } : {}
    // Boundaries must be unlike each other; the number of the part sees to that.
    const boundary = `${number}=${node.boundary}`.slice(0, 70)
    return written.length === 0 ? null : multipart(node.kind, written, { boundary, ...around })
  }
  if (node.kind !== 'file') {
    const type = node.kind === 'text' ? 'text/plain' : 'text/html'
    return leaf(node.content, { type: `${type}; charset=utf-8`, encoding: node.encoding })
  }
  if (parts === 'no files') return null
  const disposition = `attachment; filename="${node.name}"`
  return leaf(node.content, { type: 'application/x-a', encoding: node.encoding, disposition })
}

function isMultipart(node: Tree): node is Multipart {
  return 'parts' in node
}

function filesOf(node: Tree): Buffer[] {
  if (isMultipart(node)) return node.parts.flatMap(filesOf)
  return node.kind === 'file' ? [node.content] : []
}

/** In a multipart/related, texts that are not its root are files as well: not what is tried here. */
function hasResources(node: Tree): boolean {
  if (!isMultipart(node)) return false
  const isResource = node.kind === 'related' && node.parts.slice(1).some(part => part.kind !== 'file')
  return isResource || node.parts.some(hasResources)
}

/** Mails that are a file themselves end with a line end that the file did not have. */
const usualTree = tree.filter(node => !hasResources(node) && !(node.kind === 'file' && node.encoding !== 'base64'))

test('random mails: each file comes out as it was attached, and the slim mail is the mail without them', async () => {
  let detached = 0
  await fc.assert(
    fc.asyncProperty(usualTree, fc.constantFrom('top', 'bottom'), async (node, linkBlock) => {
      const bytes = mail(build(node, 'all parts')!)
      const left = build(node, 'no files')
      const attached = filesOf(node).map(sha256)

      const sealed = await planned(bytes, { private: true })
      if (left) expect(sealed.files[0]!.bytes.toString('latin1')).toBe(mail(left).toString('latin1'))
      expect(sealed.files.slice(1).map(file => file.sha256)).toEqual(attached)

      const { plan, files, slim, copy } = await planned(bytes, {}, { linkBlock })
      expect(files.filter(({ file }) => file.kind === 'attachment').map(file => file.sha256)).toEqual(attached)
      if (plan.copy !== 'detach') return
      detached += 1
      for (const { file } of files) expect(slim.includes(encoded(bytes, file))).toBe(false)
      const read = await parse(copy)
      expect(read.attachments).toEqual([])
      expect(`${read.text}${read.html}`).toMatch(/LINK-BLOCK/)
      if (left) expect(words(read)).toEqual(words(await parse(mail(left))))
    }),
    { numRuns: 400 },
  )
  expect(detached).toBeGreaterThan(50)
})

test('random mails: an independent reader finds the same files in them', async () => {
  await fc.assert(
    fc.asyncProperty(usualTree, async node => {
      const bytes = mail(build(node, 'all parts')!)
      const { files } = await planned(bytes)
      const found = files.filter(({ file }) => file.kind === 'attachment').map(file => file.sha256)
      const read = await parse(bytes)
      expect(found.toSorted()).toEqual(read.attachments.map(part => sha256(part.content)).toSorted())
    }),
  )
})

test('random mails: the parts found do not depend on the size of the blocks', async () => {
  await fc.assert(
    fc.asyncProperty(tree, fc.integer({ min: 1, max: 200 }), async (node, blockBytes) => {
      const source = mailFromBuffer(mail(build(node, 'all parts')!))
      expect(await split(source, { blockBytes })).toEqual(await split(source))
    }),
    { numRuns: 200 },
  )
})

/** What is shown, without the block and without blanks. */
function words(read: Awaited<ReturnType<typeof parse>>): string[] {
  return [read.text ?? '', read.html || ''].map(text =>
    text
      .replaceAll(htmlBlock, '')
      .replaceAll(textBlock, '')
      .replace(/\s+|<br\/>/g, ''),
  )
}

function encoded(bytes: Buffer, { content: where }: PlannedFile): Buffer {
  if ('pieces' in where) throw new Error('This file is no part of the mail')
  return bytes.subarray(where.range.start, where.range.end)
}
