import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openBrowser } from '../../support/browser.ts'
import { about, asText, auditOf, linksOf, read } from './sent-message.ts'
import { linkIn, startSentPortal, type SentPortal } from './sent-portal.ts'

let portal: SentPortal
beforeAll(async () => {
  portal = await startSentPortal()
})
afterAll(() => portal.close())

const bertil = 'bertil@kommun.example'

describe('adding a recipient', () => {
  test('gives them a link and a copy of their own, once, and lets the message be found by them', async () => {
    const path = await portal.sent({ subject: 'Tillägg', 'login-kind': 'none' })
    const before = await portal.mailsTo(bertil, 'Tillägg')
    await portal.tenTimes(`${path}/recipients`, { to: 'Ulla <ulla@utanfor.example>, kim@utanfor.example' })
    await portal.settled(path)
    expect([...(await linksOf(portal.kuvert, path)).keys()].toSorted()).toEqual([
      bertil,
      'kim@utanfor.example',
      'ulla@utanfor.example',
    ])
    const [mail, ...more] = await portal.mailsTo('ulla@utanfor.example', 'Tillägg')
    expect(more).toEqual([])
    expect(mail!.replace(linkIn(mail!), '')).toBe(before[0]!.replace(linkIn(before[0]!), ''))
    expect((await openBrowser(portal.kuvert.portalUrl).get(linkIn(mail!))).status).toBe(200)
    expect(await about(portal.anna, path, 'ulla@utanfor.example')).toContain('Överlämnat')
    expect(await read(portal.anna, '/sent?search=ulla%40+tillägg')).toContain('Tillägg')
    expect((await auditOf(portal.kuvert, path)).filter(entry => entry === 'recipient-added account:anna')).toHaveLength(
      2,
    )
  })

  test('their mail is theirs alone, also when it is sent again: no other recipient is named', async () => {
    const path = await portal.sent({ subject: 'Bara du', to: `${bertil}, lina@utanfor.example`, 'login-kind': 'none' })
    await portal.anna.post(`${path}/recipients`, { to: 'ulla@utanfor.example' })
    await portal.settled(path)
    const link = (await linksOf(portal.kuvert, path)).get('ulla@utanfor.example')!
    await portal.longAgo(path)
    expect((await portal.anna.post(`${path}/resend`, { link })).status).toBe(303)
    await portal.settled(path)
    const [original] = await portal.wholeMailsTo(bertil, 'Bara du')
    const mails = await portal.wholeMailsTo('ulla@utanfor.example', 'Bara du')
    expect(mails).toHaveLength(2)
    for (const mail of mails) {
      expect(mail.to).toMatchObject({ value: [{ address: 'ulla@utanfor.example' }] })
      expect(mail.headerLines.map(({ line }) => line).join('\n')).not.toMatch(/bertil|lina/)
      expect(mail.references).toEqual(original!.messageId)
    }
    expect(new Set([original, ...mails].map(mail => mail!.messageId)).size).toBe(3)
  })

  test.each([
    [{ to: '' }, 'Skriv minst en mottagare'],
    [{ to: 'kalle' }, 'varken en e-postadress eller en av dina kontakter: kalle'],
    [{ to: bertil.toUpperCase().replace('KOMMUN.EXAMPLE', 'kommun.example') }, 'Har redan meddelandet'],
    [{ to: 'x@sparrad.example' }, 'Hit får inga säkra meddelanden skickas: x@sparrad.example'],
    [{ to: 'x@utanlogin.example' }, 'De här mottagarna kan inte logga in'],
    [{ to: 'x@strikt.example' }, 'Organisationens regler tillåter inte'],
    [{ to: 'a@b.example, c@d.example, e@f.example, g@h.example' }, 'till högst 4 mottagare'],
  ])('%o is refused, and what was typed is still there', async ({ to }, sentence) => {
    const path = await portal.sent()
    const answer = await portal.anna.post(`${path}/recipients`, { to })
    const page = await answer.text()
    expect([answer.status, asText(page)]).toEqual([422, expect.stringContaining(sentence)])
    expect(page).toContain(`>\n${to}</textarea>`)
    expect((await linksOf(portal.kuvert, path)).size).toBe(1)
  })

  test('whoever was withdrawn can be added again, with another link', async () => {
    const path = await portal.sent({ subject: 'Ny länk' })
    await portal.anna.post(`${path}/revoke`, { link: (await linksOf(portal.kuvert, path)).get(bertil)! })
    expect((await portal.anna.post(`${path}/recipients`, { to: bertil })).status).toBe(303)
    await portal.settled(path)
    const [first, second] = await portal.mailsTo(bertil, 'Ny länk')
    expect(linkIn(second!)).not.toBe(linkIn(first!))
  })
})
