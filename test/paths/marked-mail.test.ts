import { spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { readFile } from 'node:fs/promises'
import nodemailer, { type SendMailOptions } from 'nodemailer'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openBrowser } from '#demo/browser.ts'
import { listMails, waitForMails, type DeliveredMail } from '#demo/outbox.ts'
import { startTestKuvert, type TestKuvert } from '../support/kuvert.ts'

let kuvert: TestKuvert
beforeAll(async () => {
  kuvert = await startTestKuvert()
})
afterAll(() => kuvert.close())

const anna = 'Anna Åkesson <anna@kommun.example>'
const bertil = 'bertil@kommun.example'
const cecilia = 'cecilia@kommun.example'
const outsider = 'utsidan@foretag.example'

/** Sends a mail as a client does, and returns the copies that came out. */
async function send(mail: SendMailOptions, copies: number): Promise<DeliveredMail[]> {
  const maildir = join(kuvert.folder, 'outbox')
  const before = new Set(await listMails(maildir))
  await submit(mail)
  return waitForMails(maildir, before, copies)
}

async function submit(mail: SendMailOptions): Promise<string> {
  const transport = nodemailer.createTransport({ host: '127.0.0.1', port: kuvert.smtpPort, ignoreTLS: true })
  try {
    return (await transport.sendMail({ from: anna, ...mail })).response
  } finally {
    transport.close()
  }
}

async function fetchFile(
  copy: DeliveredMail,
  position: number,
  login?: { login: string; password: string },
): Promise<Buffer> {
  const browser = openBrowser()
  if (login) await browser.post(`${copy.link}/login`, login)
  const ticket = await browser.post(`${copy.link}/files/${position}`)
  expect(ticket.status).toBe(303)
  const response = await browser.get(new URL(ticket.headers.get('location')!, kuvert.portalUrl).href)
  expect(response.status).toBe(200)
  return Buffer.from(await response.arrayBuffer())
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
const logins = {
  bertil: { login: 'bertil', password: 'bertil-ord' },
  cecilia: { login: 'cecilia', password: 'cecilia-ord' },
}

describe('a marked mail', () => {
  test('reaches each recipient as the same mail with a link of their own, behind which every file is as it was', async () => {
    const files = [
      { filename: 'Årsredovisning för Örebro.pdf', content: randomBytes(123_457) },
      { filename: 'tom.txt', content: Buffer.alloc(0) },
      { filename: 'text.txt', content: Buffer.from('rad ett\r\nrad två å\r\n') },
      { filename: 'bild.png', content: randomBytes(5000) },
    ]
    const copies = await send(
      {
        to: [bertil, cecilia],
        subject: '[säker] Underlag',
        text: 'Hej åäö!\r\n',
        html: '<body><p>Hej åäö!</p></body>',
        attachments: files,
      },
      2,
    )
    expect(new Set(copies.map(copy => copy.link)).size).toBe(2)
    expect(copies.map(copy => copy.deliveredTo).toSorted()).toEqual([bertil, cecilia])
    for (const copy of copies) {
      expect(copy.parsed.subject).toBe('Underlag')
      expect(copy.parsed.attachments).toEqual([])
      expect(copy.parsed.text).toContain('Hej åäö!')
      expect(copy.parsed.html).toContain('<p>Hej åäö!</p>')
      expect(copy.parsed.html).toContain(copy.link)
      expect(copy.parsed.text).toContain('Årsredovisning för Örebro.pdf')
    }
    const mine = copies.find(copy => copy.deliveredTo === bertil)!
    for (const [position, file] of files.entries()) {
      expect(sha256(await fetchFile(mine, position, logins.bertil))).toBe(sha256(file.content))
    }
  })

  test("names no other recipient's link and no Bcc recipient", async () => {
    const copies = await send(
      {
        to: bertil,
        bcc: cecilia,
        subject: '[secure] x',
        text: 'x',
        attachments: [{ filename: 'a.bin', content: 'a' }],
      },
      2,
    )
    const [first, second] = copies
    const raw = await readFile(first!.path, 'utf8')
    expect(raw).not.toContain(second!.link!.split('/').at(-1))
    expect(await readFile(copies.find(copy => copy.deliveredTo === bertil)!.path, 'utf8')).not.toContain(cecilia)
  })

  test('keeps inline images in the copy', async () => {
    const image = randomBytes(2000)
    const [copy] = await send(
      {
        to: bertil,
        subject: '[secure] picture',
        html: '<p>see <img src="cid:logo@x"></p>',
        attachments: [
          { filename: 'logo.png', content: image, cid: 'logo@x', contentDisposition: 'inline' },
          { filename: 'report.pdf', content: 'pdf' },
        ],
      },
      1,
    )
    expect(copy!.parsed.attachments.map(attachment => sha256(attachment.content))).toEqual([sha256(image)])
  })

  test('with no text at all gets a text with the link', async () => {
    const [copy] = await send(
      { to: bertil, subject: '[secure]', attachments: [{ filename: 'a.pdf', content: 'pdf' }] },
      1,
    )
    expect(copy!.link).not.toBeNull()
    expect(copy!.parsed.subject ?? '').toBe('')
    expect((await fetchFile(copy!, 0, logins.bertil)).toString()).toBe('pdf')
  })

  test('that is private hides its text until somebody logs in', async () => {
    const [copy] = await send({ to: bertil, subject: '[säker, privat] Ärende', text: 'Detta är hemligt.\r\n' }, 1)
    const raw = await readFile(copy!.path, 'utf8')
    expect(raw).not.toContain('hemligt')
    expect(copy!.parsed.subject).toBe('Ärende')
    const browser = openBrowser()
    expect(await (await browser.get(`${copy!.link}/text`)).text()).not.toContain('hemligt')
    await browser.post(`${copy!.link}/login`, logins.bertil)
    await browser.post(`${copy!.link}/text`)
    expect(await (await browser.get(`${copy!.link}/text`)).text()).toContain('Detta är hemligt.')
  })

  test('with login=none is opened by an outsider, as often as it says', async () => {
    const [copy] = await send(
      {
        to: outsider,
        subject: '[säker öppen max 1] x',
        text: 'x',
        attachments: [{ filename: 'a.bin', content: 'abc' }],
      },
      1,
    )
    expect((await fetchFile(copy!, 0)).toString()).toBe('abc')
    expect((await openBrowser().post(`${copy!.link}/files/0`)).status).not.toBe(303)
  })

  test('leaves nothing readable in the object storage or the scratch folder', async () => {
    const secret = `hemlighet-${randomBytes(8).toString('hex')}`
    await send(
      {
        to: bertil,
        subject: '[secure, private] x',
        text: secret,
        attachments: [{ filename: 'a.txt', content: secret }],
      },
      1,
    )
    const folders = ['objects', 'scratch', 'outbox'].map(name => join(kuvert.folder, name))
    const found = spawnSync('grep', ['-rl', secret, ...folders], { encoding: 'utf8' }).stdout
    expect(found).toBe('')
  })
})

describe('a mail is refused, and nothing of it is kept or sent,', () => {
  const attachments = [{ filename: 'a.txt', content: 'x' }]
  test.each([
    ['an unknown option', { to: bertil, subject: '[secure, mx 1] x', attachments }, /550.*mx/s],
    ['a near-miss', { to: bertil, subject: '[secrue] x', attachments }, /550.*\[secrue\]/s],
  ])('for %s', async (_, mail, sentence) => {
    const before = await state()
    await expect(submit(mail)).rejects.toThrow(sentence)
    expect(await state()).toEqual(before)
  })

  async function state() {
    const objects: string[] = []
    for await (const { key } of kuvert.deps.objects.list()) objects.push(key)
    const { rows } = await kuvert.deps.db.query<{ count: string }>('select count(*) from messages')
    return {
      objects: objects.toSorted(),
      messages: rows[0]!.count,
      mails: (await listMails(join(kuvert.folder, 'outbox'))).length,
    }
  }
})

test('no log line has a token', async () => {
  const [copy] = await send(
    { to: outsider, subject: '[secure open] x', text: 'x', attachments: [{ filename: 'a', content: 'a' }] },
    1,
  )
  await fetchFile(copy!, 0)
  await openBrowser().get(copy!.link!)
  expect(JSON.stringify(kuvert.logged)).not.toContain(copy!.link!.split('/').at(-1))
})
