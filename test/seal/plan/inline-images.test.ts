import { expect, test } from 'vitest'
import { attachment, leaf, mail, multipart, type LeafOptions } from '../../support/mail-builder.ts'
import { parse, planned } from '../../support/planned.ts'

const pdf = attachment('PDF-BYTES', 'report.pdf', 'application/pdf')
const shown = '<body><p>Hello <img alt="" src="cid:photo@x"></p></body>'
const small = Buffer.alloc(64 * 1024, 'small')
const large = Buffer.alloc(64 * 1024 + 1, 'large')

/** What becomes of an image beside an HTML text: its bytes in the copy and in the files. */
async function fate(html: string, content: Buffer, options: LeafOptions = {}, settings = {}) {
  const image = leaf(content, { type: 'image/jpeg', encoding: 'base64', contentId: 'photo@x', ...options })
  const text = leaf(html, { type: 'text/html; charset=utf-8', encoding: 'quoted-printable' })
  const { plan, files, copy } = await planned(mail(multipart('related', [text, image, pdf])), {}, settings)
  expect(plan.copy).toBe('detach')
  const inCopy = (await parse(copy)).attachments.some(part => part.content.equals(content))
  const inFile = files.some(file => file.bytes.equals(content))
  expect(inCopy).toBe(!inFile)
  return inCopy ? 'stays' : 'file'
}

test.each([
  ['of an image', shown],
  ['of an image in capitals', '<IMG WIDTH = 10 SRC = CID:photo@x>'],
  ['of an image, with entities', '<img src="cid:photo&#64;x">'],
  ['of an image, percent-encoded', "<img src='cid:photo%40x' />"],
  ['of a background', '<table><td background="cid:photo@x">'],
  ['of a background in a style', '<td style="background:#fff url(&quot;cid:photo@x&quot;)">'],
  ['behind a comment', '<!--[if !mso]><!--><img src="cid:photo@x"><!--<![endif]-->'],
])('an image stays if it is the source %s', async (_, html) => {
  expect(await fate(html, small)).toBe('stays')
})

test.each([
  ['in a comment', '<!-- <img src="cid:photo@x"> -->'],
  ['in the text', '<p>See cid:photo@x</p>'],
  ['as a link to a file', '<a href="cid:photo@x">the photo</a>'],
  ['in another attribute', '<img alt="cid:photo@x" src="https://example.org/a.png">'],
  ['within a script', '<script>"<img src=cid:photo@x>"</script>'],
  ['in part', '<img src="cid:photo@x.example.org">'],
])('an image whose name merely occurs is a file: %s', async (_, html) => {
  expect(await fate(html, small)).toBe('file')
})

test('an image with a file name stays up to the size that is set, whatever its disposition says', async () => {
  for (const disposition of ['inline; filename=IMG_0815.jpeg', 'attachment; filename=IMG_0815.jpeg']) {
    expect(await fate(shown, small, { disposition })).toBe('stays')
    expect(await fate(shown, large, { disposition })).toBe('file')
    expect(await fate(shown, large, { disposition }, { inlineImageKiB: 65 })).toBe('stays')
    expect(await fate(shown, small, { disposition }, { inlineImageKiB: 0 })).toBe('file')
  }
  expect(await fate(shown, large, { type: 'image/jpeg; name=IMG_0815.jpeg' })).toBe('file')
  for (const disposition of ['inline', 'attachment']) expect(await fate(shown, large, { disposition })).toBe('stays')
})

test('in a sealed text, every image that it shows stays, of any size', async () => {
  const image = leaf(large, { type: 'image/jpeg; name=IMG_0815.jpeg', encoding: 'base64', contentId: 'photo@x' })
  const bytes = mail(multipart('related', [leaf(shown, { type: 'text/html' }), image, pdf]))
  const { files } = await planned(bytes, { private: true })
  expect(files.map(({ name }) => name)).toEqual(['message.eml', 'report.pdf'])
  expect((await parse(files[0]!.bytes)).attachments.map(part => part.content.equals(large))).toEqual([true])
})

test.each(['image/vnd.dwg', 'image/tiff', 'image/svg+xml', 'application/pdf'])(
  'what mail programs show as no image is a file: %s',
  async type => {
    expect(await fate(shown, small, { type })).toBe('file')
  },
)

test.each(['image/gif', 'image/png', 'image/jpeg', 'image/jpg', 'image/webp'])(
  'images of this type stay: %s',
  async type => {
    expect(await fate(shown, small, { type })).toBe('stays')
  },
)

test('an image that is too large is a file also if it does not decode', async () => {
  const broken = leaf('QUJD*', {
    type: 'image/png; name=a.png',
    contentId: 'photo@x',
    fields: ['Content-Transfer-Encoding: base64'],
  })
  const { files } = await planned(mail(multipart('related', [leaf(shown, { type: 'text/html' }), broken])))
  expect(files.map(({ name, bytes }) => `${name} ${bytes.toString()}`)).toEqual(['a.png QUJD*'])
})

test('in a large HTML text, the name of an image is read whole, wherever the text is cut to be read', async () => {
  const images = ['logo', 'logo10@x'].map(contentId =>
    leaf(contentId, { type: 'image/png', encoding: 'base64', contentId }),
  )
  for (let shift = 0; shift < 30; shift += 1) {
    const content = `${'x'.repeat(256 * 1024 - shift)}<img src="cid:logo10@x">${'y'.repeat(1000)}`
    const { files } = await planned(mail(multipart('related', [leaf(content, { type: 'text/html' }), ...images])))
    expect(files.map(({ bytes }) => bytes.toString())).toEqual(['logo'])
  }
})
