import { isFailure } from '#failure.ts'
import { classify } from '#gateway/classify/classify.ts'
import { readHeaderFields } from '#mail/header-fields.ts'
import { mailFromBuffer } from '#mail/mail-source.ts'
import { decodePart } from '#mail/transfer-encoding.ts'
import type { TransferEncoding } from '#model.ts'
import { readCsv } from '#portal/account/read-csv.ts'
import { readVcards } from '#portal/account/read-vcards.ts'
import { safeHtml } from '#portal/view/safe-html.ts'
import { readText } from '#portal/view/read-text.ts'
import { planMail } from '#seal/plan-mail.ts'
import { split } from '#seal/split/split.ts'
import { senderName } from '#seal/store/sender-name.ts'
import { classifySchema } from '#settings/classify-schema.ts'

/** A function that reads what a stranger wrote, and an input that is hard for it, of about so many bytes. */
export interface GrowthRow {
  name: string
  /** The smallest and the largest size, in bytes; 4 MiB if nothing is said. */
  from: number
  upTo?: number
  make(size: number): Buffer
  run(input: Buffer): () => unknown
}

/** `before`, then `repeated` until the size is reached, then `after`. */
function input(repeated: string, before = '', after = ''): (size: number) => Buffer {
  return size => Buffer.from(before + repeated.repeat(Math.ceil(size / Buffer.byteLength(repeated))) + after)
}

function mailOf(type: string, repeated: string, before = '', after = ''): (size: number) => Buffer {
  const header = `MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: ${type}\r\n\r\n`
  const file = '\r\n--b\r\nContent-Type: application/pdf\r\n\r\nx\r\n--b--\r\n'
  return input(repeated, header + before, after + file)
}

/** An invitation whose subject has a mark, which is to be taken out of its calendar as well. */
function invitation(repeated: string): (size: number) => Buffer {
  const header =
    'Subject: [a b] Report\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n'
  const texts = 'Content-Type: multipart/alternative; boundary=c\r\n\r\n--c\r\n\r\ntext\r\n--c\r\n'
  const file = '\r\n--c--\r\n--b\r\nContent-Type: application/pdf\r\n\r\nx\r\n--b--\r\n'
  return input(repeated, `${header}${texts}Content-Type: text/calendar\r\n\r\n`, file)
}

/** A refusal is an answer, too. */
async function orRefused(work: () => unknown): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!isFailure(error)) throw error
  }
}

const settings = { classify: classifySchema.parse({}), language: 'en' } as const
const envelope = {
  sender: 'anna@example.org',
  parameters: [],
  recipients: [{ address: 'bo@example.net', parameters: [] }],
}

function classified(header: Buffer) {
  return () =>
    orRefused(() => {
      const arrived = {
        ...readHeaderFields(header),
        headerSection: header,
        envelope,
        sizeBytes: header.length,
        complete: true,
      }
      return classify(settings, arrived, new Date())
    })
}

function decoded(encoding: TransferEncoding) {
  return (body: Buffer) => async () => {
    for await (const _ of decodePart(mailFromBuffer(body), { start: 0, end: body.length }, encoding, true));
  }
}

function plannedMail(mail: Buffer) {
  const plan = { linkBlock: 'bottom', wholeMails: 'seal', inlineImageKiB: 64 } as const
  const marked = { private: false, changedSubject: 'Report', removeFields: [] }
  return () => orRefused(() => planMail(plan, mailFromBuffer(mail), marked))
}

const subject = (repeated: string) => input(repeated, 'Subject: ', '\r\n')
const sender = (from: Buffer) => () => senderName(readHeaderFields(from).fields, 'anna@example.org')
const splitMail = (mail: Buffer) => () => orRefused(() => split(mailFromBuffer(mail)))
const shownHtml = (html: Buffer) => () => safeHtml(html.toString())
const shownMail = (mail: Buffer) => () => readText(mail, 'formatted')

const mebibyte = 1024 ** 2

/** One row for each input that was found to be hard. */
export const growthRows: GrowthRow[] = [
  { name: 'subject of brackets', from: 1024, upTo: mebibyte, make: subject('[ab]'), run: classified },
  { name: 'subject of brackets in other letters', from: 1024, upTo: mebibyte, make: subject('[äb]'), run: classified },
  { name: 'subject of half brackets', from: 1024, upTo: mebibyte, make: subject('secure] '), run: classified },
  { name: 'header lines that are no fields', from: 1024, upTo: mebibyte, make: input('X Kuvert\r\n'), run: classified },
  {
    name: 'From field of addresses',
    from: 1024,
    upTo: mebibyte,
    make: input('a <a@b.c>, ', 'From: ', '\r\n'),
    run: sender,
  },
  { name: 'lines of dashes', from: 1024, make: mailOf('text/plain', '--\r\n'), run: splitMail },
  { name: 'lines that end with dashes', from: 1024, make: mailOf('text/plain', 'a--\r\n'), run: splitMail },
  { name: 'base64 with blanks', from: 4096, make: input('QUJD QUJD\r\n'), run: decoded('base64') },
  { name: 'base64 that is all padding', from: 4096, make: input('='), run: decoded('base64') },
  { name: 'quoted-printable of soft breaks', from: 4096, make: input('=\r\n'), run: decoded('quoted-printable') },
  { name: 'text of almost uuencode', from: 4096, make: mailOf('text/plain', '\r\nbegin 644'), run: plannedMail },
  { name: 'text of almost data links', from: 4096, make: mailOf('text/html', 'data:a/b;c=d;'), run: plannedMail },
  {
    name: 'calendar of folded summaries',
    from: 4096,
    make: invitation('SUMMARY:[a\r\n b\r\n'),
    run: plannedMail,
  },
  { name: 'HTML of tags', from: 4096, make: mailOf('text/html', '<body><'), run: plannedMail },
  { name: 'HTML of attributes', from: 4096, make: mailOf('text/html', ' a = ', '<a'), run: plannedMail },
  {
    name: 'HTML of backgrounds',
    from: 4096,
    make: mailOf('text/html', 'url( background', '<a style="'),
    run: plannedMail,
  },
  { name: 'HTML of comments', from: 4096, make: mailOf('text/html', '<!--'), run: plannedMail },
  {
    name: 'table of contacts',
    from: 4096,
    upTo: mebibyte,
    make: input('Anna,anna@example.org\r\n', 'name,e-mail\r\n'),
    run: csv => () => readCsv(csv),
  },
  { name: 'table of columns', from: 4096, upTo: mebibyte, make: input('e-mail,'), run: csv => () => readCsv(csv) },
  {
    name: 'table of quotes',
    from: 4096,
    upTo: mebibyte,
    make: input('"",', 'name,e-mail\r\n'),
    run: csv => () => readCsv(csv),
  },
  {
    name: 'cards',
    from: 4096,
    upTo: mebibyte,
    make: input('BEGIN:VCARD\r\nEMAIL:a@b.c\r\nEND:VCARD\r\n'),
    run: cards => () => readVcards(cards),
  },
  {
    name: 'card of folded lines',
    from: 4096,
    upTo: mebibyte,
    make: input(' x\r\n', 'BEGIN:VCARD\r\nNOTE:\r\n'),
    run: cards => () => readVcards(cards),
  },
  { name: 'view of images', from: 4096, make: input('<img src="data:image/png;base64,AAAA">'), run: shownHtml },
  { name: 'view of nested elements', from: 4096, make: input('<div>'), run: shownHtml },
  { name: 'view of cells', from: 4096, make: input('<td>x', '<table><tr>'), run: shownHtml },
  {
    name: 'view of a mail with images',
    from: 4096,
    make: mailOf('text/html', '<img src="data:image/png;base64,AAAA">'),
    run: shownMail,
  },
]
