import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeCertificates } from '../support/certificates.ts'
import { canStartPostfix, startPostfix, type Postfix } from '../support/postfix.ts'
import { startSmtpSink, type SmtpSink } from '../support/smtp-sink.ts'
import { dottyMail, inPieces, sendOne, smtpTo } from './support.ts'

describe.skipIf(!canStartPostfix())('Postfix as the next hop', () => {
  let sink: SmtpSink
  let postfix: Postfix

  beforeAll(async () => {
    sink = await startSmtpSink()
    postfix = await startPostfix({
      relayPort: sink.port,
      refuse: { 'left@example.org': '550 5.1.1 Has left', 'full@example.org': '452 4.2.2 Is full' },
    })
  })
  afterAll(async () => {
    await postfix.stop()
    await sink.stop()
  })

  test('takes a mail and passes it on as it was, below its own Received', async () => {
    const hop = smtpTo(postfix.reinjectionPort, { timeoutSeconds: 20 })
    const session = await hop.open()
    const head = 'From: s@example.org\r\nDate: Mon, 23 Nov 2026 12:00:00 +0100\r\nMessage-ID: <1@example.org>\r\n\r\n'
    const mail = Buffer.concat([Buffer.from(head), dottyMail])
    expect(await session.mail('s@example.org', ['BODY=8BITMIME', `SIZE=${mail.length}`])).toMatchObject({ code: 250 })
    expect(await session.rcpt('r@example.org', ['NOTIFY=NEVER'])).toMatchObject({ code: 250 })
    expect(await session.data(inPieces(mail, () => 5))).toMatchObject({ code: 250 })
    session.release()
    const [received] = await sink.waitForMails(1)
    const bytes = received!.bytes.toString('latin1')
    expect(bytes.slice(bytes.indexOf('From:'))).toBe(mail.toString('latin1'))
    expect(bytes.slice(0, bytes.indexOf('From:'))).toMatch(/^Received: from kuvert\.test [^]*\r\n$/)
    expect(received!.rcpts).toEqual(['RCPT TO:<r@example.org> ORCPT=rfc822;r@example.org NOTIFY=NEVER'])
    await hop.close()
  })

  test('answers for each recipient, and those answers come through', async () => {
    const hop = smtpTo(postfix.port, { timeoutSeconds: 20 })
    const session = await hop.open()
    await session.mail('s@example.org', [])
    expect(await session.rcpt('left@example.org', [])).toMatchObject({ code: 550 })
    expect(await session.rcpt('full@example.org', [])).toMatchObject({ code: 452 })
    expect((await session.rcpt('left@example.org', [])).lines.join()).toContain('Has left')
    expect(await session.data(Readable.from(['x\r\n']))).toMatchObject({ code: 554 })
    session.release()
    await hop.close()
  })

  test('is spoken to over TLS with its certificate verified', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kuvert-test-certificates-'))
    await chmod(folder, 0o755)
    const tls = await makeCertificates(folder, ['localhost'])
    const withTls = await startPostfix({ relayPort: sink.port, tls })
    const hop = smtpTo(withTls.port, { host: 'localhost', tls: 'verified', ca: tls.ca, timeoutSeconds: 20 })
    const before = sink.mails.length
    const session = await hop.open()
    expect(await sendOne(session, 'Subject: over TLS\r\n\r\n')).toMatchObject({ code: 250 })
    session.release()
    const mails = await sink.waitForMails(before + 1)
    expect(mails.at(-1)!.bytes.toString()).toContain('with ESMTPS')
    await hop.close()
    await withTls.stop()
    await rm(folder, { recursive: true })
  })

  test('sends what mail clients submit to its content filter, and what comes back to the world', async () => {
    const filter = await startSmtpSink()
    const filtering = await startPostfix({ relayPort: sink.port, kuvertPort: filter.port })
    const client = smtpTo(filtering.port, { timeoutSeconds: 20 })
    const submission = await client.open()
    expect(await sendOne(submission, 'Subject: filtered\r\n\r\n', 'först@example.org')).toMatchObject({ code: 250 })
    submission.release()
    const [submitted] = await filter.waitForMails(1)
    expect(submitted!.recipients).toEqual(['först@example.org'])
    const back = smtpTo(filtering.reinjectionPort, { timeoutSeconds: 20 })
    const before = sink.mails.length
    const reinjection = await back.open()
    // Without Date and From: what comes from Kuvert is not completed.
    const text = 'Subject: back\r\n\r\n'
    expect(await sendOne(reinjection, text)).toMatchObject({ code: 250 })
    reinjection.release()
    const returned = (await sink.waitForMails(before + 1)).at(-1)!.bytes.toString()
    expect(returned).toMatch(/^Received: [^]*?\r\nSubject: back\r\n\r\n$/)
    expect(returned).not.toMatch(/^(Date|From|Message-Id):/im)
    expect(filter.mails).toHaveLength(1)
    await client.close()
    await back.close()
    await filtering.stop()
    await filter.stop()
  })
})
