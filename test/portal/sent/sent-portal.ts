import { simpleParser, type ParsedMail } from 'mailparser'
import { expect } from 'vitest'
import type { TestKuvert } from '../../support/kuvert.ts'
import { startTestKuvert } from '../../support/kuvert.ts'
import { startSmtpSink, type SmtpSink } from '../../support/smtp-sink.ts'
import type { Browser } from '../../support/browser.ts'
import { asText, send, staff } from './sent-message.ts'

/** A Kuvert that hands copies to a server of ours, with Anna logged in to its portal, and admin's bounds to meet. */
export interface SentPortal {
  kuvert: TestKuvert
  anna: Browser
  /** Sends a message to Bertil where nothing else is said; resolves with the path of its page once all is handed over. */
  sent(fields?: Record<string, string>): Promise<string>
  /** Until each copy was handed over. */
  settled(path: string): Promise<void>
  /** The mails to a recipient with this subject, as text. */
  mailsTo(recipient: string, subject: string): Promise<string[]>
  /** The same, whole. */
  wholeMailsTo(recipient: string, subject: string): Promise<ParsedMail[]>
  /** As if all that was sent of the message had been sent an hour ago. */
  longAgo(path: string): Promise<void>
  /** Posts the same ten times at once; the status of each answer. */
  tenTimes(path: string, fields: Record<string, string>): Promise<number[]>
  /** Posts what is refused; the page that says so. */
  refused(path: string, fields: Record<string, string>): Promise<string>
  close(): Promise<void>
}

export async function startSentPortal(): Promise<SentPortal> {
  const sink = await startSmtpSink()
  const kuvert = await startTestKuvert(settingsFor(sink), ['portal', 'courier'])
  const anna = await staff(kuvert)
  const settled = async (path: string) => {
    const waiting = async () => {
      const { rows } = await kuvert.deps.db.query(
        `select from deliveries join links on links.id = link_id where message_id = $1 and state = 'queued'`,
        [path.split('/')[2]],
      )
      return rows.length
    }
    await expect.poll(waiting).toBe(0)
  }
  const wholeMailsTo = async (recipient: string, subject: string) => {
    const mails = sink.mails.filter(mail => mail.recipients.includes(recipient))
    const parsed = await Promise.all(mails.map(mail => simpleParser(mail.bytes)))
    return parsed.filter(mail => mail.subject === subject)
  }
  return {
    kuvert,
    anna,
    settled,
    sent: async (fields = {}) => {
      const path = await send(anna, fields)
      await settled(path)
      return path
    },
    mailsTo: async (recipient, subject) => (await wholeMailsTo(recipient, subject)).map(mail => mail.text ?? ''),
    wholeMailsTo,
    longAgo: async path => {
      await kuvert.deps.db.query(
        `update deliveries set created_at = created_at - interval '1 hour', settled_at = settled_at - interval '1 hour'
         where link_id in (select id from links where message_id = $1)`,
        [path.split('/')[2]],
      )
    },
    tenTimes: async (path, fields) => {
      const answers = await Promise.all(Array.from({ length: 10 }, () => anna.post(path, fields)))
      return answers.map(answer => answer.status)
    },
    refused: async (path, fields) => {
      const answer = await anna.post(path, fields)
      expect(answer.status).toBe(422)
      return asText(await answer.text())
    },
    close: async () => {
      await kuvert.close()
      await sink.stop()
    },
  }
}

function settingsFor(sink: SmtpSink): Parameters<typeof startTestKuvert>[0] {
  return {
    nextHop: { kind: 'smtp', host: '127.0.0.1', port: sink.port, tls: 'none', timeoutSeconds: 5 },
    outsiders: {
      domains: [
        { domain: 'sparrad.example', policy: 'refuse' },
        { domain: 'utanlogin.example', policy: 'none' },
      ],
    },
    compose: { recipients: 4 },
    classify: {
      expiresAtMostDays: 60,
      bounds: [
        { recipient: '*@strikt.example', maxAtMost: 2, expiresAtMostDays: 10, login: ['recipients'] },
        { recipient: '*@last.example', locked: ['expires', 'max'] },
      ],
    },
  }
}

/** The path of the link in a mail. */
export function linkIn(text: string): string {
  return /\/l\/[\w-]+/.exec(text)![0]
}
