import { describe, expect, test } from 'vitest'
import type { Slot } from '#model.ts'
import { writeDeliveryStatus } from '#courier/reports/delivery-status.ts'
import { attachment, copyFacts, url } from '../../support/copy-facts.ts'
import { readParts } from './read-parts.ts'
import { python, readWithPython } from '../../support/read-with-python.ts'
import { mailFields, slimMail, writeCopy, type SlimMail } from './slim-mail.ts'

const slots: [Slot['charset'], Slot['encoding']][] = [
  ['utf-8', '8bit'],
  ['utf-8', 'quoted-printable'],
  ['utf-8', 'base64'],
  ['iso-8859-1', '8bit'],
  ['windows-1252', 'quoted-printable'],
  ['koi8-r', 'base64'],
  ['shift_jis', 'base64'],
  ['utf-16le', 'base64'],
  ['utf-16be', 'quoted-printable'],
  ['utf-7', '7bit'],
  ['us-ascii', '7bit'],
]

describe.skipIf(!python)("Python's email package (python3)", () => {
  test.each(['text', 'html'] as const)('reads the same %s as we wrote, for every slot', async kind => {
    const files = [attachment('Å=?utf-8?q?x?=.pdf'), attachment('1+1~2 – "b".pdf')]
    const mails = await Promise.all(
      slots.flatMap(([charset, encoding]) =>
        (['top', 'bottom'] as const).map(position => {
          const part = { kind, charset, encoding, flowed: false, position, text: '<p>Hej!</p>\r\n' }
          return writeCopy(copyFacts({}, { files }), slimMail(part))
        }),
      ),
    )
    for (const [index, read] of readWithPython(mails).entries()) {
      expect(read.defects).toEqual([])
      expect(read.subject).toBe('Inför mötet')
      expect(read.texts[0]!.text).toBe((await readParts(mails[index]!))[0]!.text)
      expect(read.texts[0]!.text).toContain(kind === 'html' ? `href="${url}"` : `\r\n${url}\r\n`)
    }
  })

  test('reads a notice and a delivery status notification', async () => {
    const slim: SlimMail = { bytes: Buffer.from(mailFields.replace('MIME-Version: 1.0\r\n', '')), slots: [] }
    const notice = await writeCopy(copyFacts({ copy: 'notice', private: true }), slim)
    const status = writeDeliveryStatus({
      message: {
        sender: 'anna@example.org',
        senderName: 'Anna',
        subject: 'Inför mötet',
        lang: 'sv',
        createdAt: new Date(),
        envelopeParameters: [],
      },
      kind: 'failed',
      recipients: ['bo@example.net', 'eva@example.net'].map(recipient => ({
        recipient,
        recipientParameters: [],
        toReport: 'refused',
        reason: 'unknown-address',
        reply: '550 5.1.1 No such user',
        createdAt: new Date(),
        at: new Date(),
      })),
      giveUpHours: 120,
      hostname: 'gw.example.org',
      from: 'kuvert@example.org',
      now: new Date(),
    })
    const [first, second] = readWithPython([notice, status])
    expect(first!.defects).toEqual([])
    expect(first!.texts.map(({ type }) => type)).toEqual(['text/plain', 'text/html'])
    expect(first!.texts[0]!.text).toContain('Anna Åkesson har skickat ett skyddat meddelande')
    expect(second!.defects).toEqual([])
    expect(second!.subject).toBe('Inte levererat: Inför mötet')
    expect(second!.texts[0]!.text).toContain('kunde inte levereras till 2 mottagare:')
  })
})
