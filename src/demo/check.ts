import { openBrowser, type Browser } from './browser.ts'
import { sha256, type DemoMail } from './demo-mails.ts'
import type { DeliveredMail } from './outbox.ts'

/** One thing that was tried, and whether it went as it must. */
export interface Check {
  what: string
  passed: boolean
  detail: string
}

interface Sent {
  mail: DemoMail
  copies: DeliveredMail[]
}

/** Plays each recipient of the demonstration's mails over HTTP, and tries what must be refused. */
export async function checkEverything(sent: { open: Sent; personal: Sent; unmarked: Sent }): Promise<Check[]> {
  const checks: Check[] = []
  const check = (what: string, passed: boolean, detail = '') => void checks.push({ what, passed, detail })

  for (const copy of sent.open.copies) {
    const who = copy.deliveredTo
    check(`${who}: the copy carries no attachment`, copy.parsed.attachments.length === 0)
    check(`${who}: the text is kept`, copy.parsed.text?.includes('underlagen till mötet') ?? false)
    check(
      `${who}: the mark is gone from the subject`,
      copy.parsed.subject === 'Underlag till mötet',
      copy.parsed.subject,
    )
    const browser = openBrowser()
    for (const [position, attachment] of sent.open.mail.attachments.entries()) {
      check(
        `${who}: ${attachment.filename}`,
        await matches(browser, copy.link!, position, attachment.content),
        sha256(attachment.content).slice(0, 16),
      )
    }
    await download(openBrowser(), copy.link!, 0)
    const third = await openBrowser().post(`${copy.link}/files/0`)
    check(`${who}: one download too many is refused`, third.status >= 400, String(third.status))
  }
  const links = sent.open.copies.map(copy => copy.link)
  check('each recipient has a link of their own', new Set(links).size === links.length)

  await checkPersonal(sent.personal, check)
  const lunch = sent.unmarked.copies[0]!
  const menu = sent.unmarked.mail.attachments[0]!.content
  check(
    'the unmarked mail keeps its attachment',
    sha256(lunch.parsed.attachments[0]?.content ?? Buffer.alloc(0)) === sha256(menu),
  )
  return checks
}

async function checkPersonal(
  { mail, copies }: Sent,
  check: (what: string, passed: boolean, detail?: string) => void,
): Promise<void> {
  const [copy] = copies
  const link = copy!.link!
  check('private: the copy does not show the text', !(copy!.parsed.text ?? '').includes('syns först'))
  const stranger = openBrowser()
  const page = await (await stranger.get(link)).text()
  check(
    'private: before the login the page shows neither subject nor file',
    !page.includes('ärendet') && !page.includes('beslut'),
  )
  check('private: without a login nothing is handed out', (await stranger.post(`${link}/files/0`)).status !== 200)
  const wrong = await stranger.post(`${link}/login`, { login: 'bertil', password: 'fel' })
  check('private: a wrong password is refused', wrong.status >= 400, String(wrong.status))
  const other = openBrowser()
  await other.post(`${link}/login`, { login: 'anna', password: 'anna-demo' })
  const notHers = await other.post(`${link}/files/0`)
  check('private: a colleague who is no recipient is refused', notHers.status === 403, String(notHers.status))

  const bertil = openBrowser()
  await bertil.post(`${link}/login`, { login: 'bertil', password: 'bertil-demo' })
  // The text is the first file of a private message.
  check('private: beslut.docx', await matches(bertil, link, 1, mail.attachments[0]!.content))
  const again = await bertil.post(`${link}/files/1`)
  check('private: the same browser may fetch it again', again.status === 303, String(again.status))
  const elsewhere = openBrowser()
  await elsewhere.post(`${link}/login`, { login: 'bertil', password: 'bertil-demo' })
  const second = await elsewhere.post(`${link}/files/1`)
  check('private: a second download elsewhere is refused', second.status >= 400, String(second.status))
  await bertil.post(`${link}/text`)
  const text = await (await bertil.get(`${link}/text`)).text()
  check('private: the text is shown after the login', text.includes('syns först när du har loggat in'))
}

async function matches(browser: Browser, link: string, position: number, content: Buffer): Promise<boolean> {
  const bytes = await download(browser, link, position)
  return bytes !== null && sha256(bytes) === sha256(content)
}

/** Asks for a ticket and fetches the file; null where it was refused. */
async function download(browser: Browser, link: string, position: number): Promise<Buffer | null> {
  const ticket = await browser.post(`${link}/files/${position}`)
  const location = ticket.headers.get('location')
  if (ticket.status !== 303 || !location) return null
  const response = await browser.get(new URL(location, link).href)
  return response.ok ? Buffer.from(await response.arrayBuffer()) : null
}
