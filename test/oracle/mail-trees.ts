import fc from 'fast-check'
import { leaf, mail, multipart, type Entity, type LeafOptions } from '../support/mail-builder.ts'

/** Random mails of random parts, of which every kind of reader should understand every one in the same way. */
export function anyMail(): fc.Arbitrary<Buffer> {
  const { part } = fc.letrec<{ part: Part }>(tie => ({
    part: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      { arbitrary: anyText(), weight: 3 },
      { arbitrary: anyFile(), weight: 3 },
      { arbitrary: anyImage(), weight: 1 },
      { arbitrary: anyMultipart(tie('part')), weight: 5 },
      { arbitrary: tie('part').map(inner => ({ write: (number: string) => forwarded(inner, number) })), weight: 1 },
    ),
  }))
  return part.map(root => mail(root.write('1')))
}

/** A part to be; its number makes its boundary unlike any other. */
interface Part {
  write(number: string): Entity
}

const encoding = fc.constantFrom('8bit' as const, 'quoted-printable' as const, 'base64' as const)
const words = fc.string({
  unit: fc.constantFrom('a', 'Ö', '=', ' ', '.', '<p>', '€', '😀', '>', 'From '),
  maxLength: 20,
})
const lines = fc.array(words, { minLength: 1, maxLength: 5 }).map(each => each.join('\r\n'))

function anyText(): fc.Arbitrary<Part> {
  return fc
    .record({
      content: lines,
      encoding,
      // The images that HTML shows, and those that it does not.
      type: fc.constantFrom('text/plain', 'text/plain', 'text/html', 'text/plain; format=flowed'),
      image: fc.option(fc.constantFrom('a@x', 'b@x')),
    })
    .map(({ content, type, image, ...options }) => ({
      write: () => {
        const shown = image === null || type !== 'text/html' ? content : `${content}<img src="cid:${image}">`
        return leaf(shown, { ...options, type: `${type}; charset=utf-8` })
      },
    }))
}

function anyFile(): fc.Arbitrary<Part> {
  return fc
    .record({
      // For mailparser, an empty part that is not base64 is a line end.
      content: fc.uint8Array({ minLength: 1, maxLength: 150 }),
      type: fc.constantFrom(
        'application/pdf',
        'image/tiff',
        'text/csv',
        'text/plain; charset=utf-8',
        'application/x-a',
      ),
      name: fc.constantFrom('a.pdf', 'å "ö".docx', 'b'),
      encoding: fc.constantFrom<LeafOptions['encoding']>('base64', 'base64', 'quoted-printable'),
    })
    .map(({ content, type, name, encoding: how }) => ({
      write: () => {
        const quoted = name.replace(/"/g, '\\"')
        return leaf(Buffer.from(content), { type, encoding: how, disposition: `attachment; filename="${quoted}"` })
      },
    }))
}

function anyImage(): fc.Arbitrary<Part> {
  return fc
    .record({ contentId: fc.constantFrom('a@x', 'b@x', 'c@x'), disposition: fc.constantFrom('inline', undefined) })
    .map(({ contentId, disposition }) => ({
      write: (number: string) =>
        leaf(`PNG ${number}`, {
          type: 'image/png',
          encoding: 'base64',
          contentId,
          ...(disposition === undefined ? {} : { disposition }),
        }),
    }))
}

function anyMultipart(part: fc.Arbitrary<Part>): fc.Arbitrary<Part> {
  return fc
    .record({
      kind: fc.constantFrom('mixed', 'mixed', 'mixed', 'alternative', 'related'),
      ending: fc.string({ unit: fc.constantFrom('a', "'", '+', '_', '.', '='), maxLength: 40 }),
      around: fc.constantFrom({}, { preamble: 'Not shown.\r\n--', epilogue: 'Nor this.' }),
      parts: fc.array(part, { minLength: 1, maxLength: 4 }),
    })
    .map(({ kind, ending, around, parts }) => ({
      write: (number: string) => {
        const written = parts.map((each, index) => each.write(`${number}-${index}`))
        return multipart(kind, written, { boundary: `${number}=${ending}`, ...around })
      },
    }))
}

function forwarded(part: Part, number: string): Entity {
  const inner = mail(part.write(`${number}-f`), ['Subject: inner', 'MIME-Version: 1.0'])
  return leaf(inner, { type: 'message/rfc822', disposition: 'attachment; filename="inner.eml"' })
}
