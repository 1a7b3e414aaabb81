import { openBytes, sealBytes } from '#crypto/seal-bytes.ts'
import type { Login } from '#model.ts'

/** What somebody has written so far, as it stands in the form: nothing of it has been checked. */
export interface DraftContent {
  /** Recipients as they were typed: addresses and names of contacts, separated by commas, semicolons or lines. */
  to: string
  /** Whether recipients are kept from seeing each other. */
  hidden: boolean
  subject: string
  text: string
  login: Login
  /** Downloads per recipient and file; empty is unlimited. */
  max: string
  private: boolean
  /** The last day, `2026-12-31`, or days, `30`; empty for what is usual. */
  expires: string
  receipt: boolean
}

/** More than anybody types; a mail's text of this size is far from what the gateway takes. */
const maxTextCharacters = 500_000
const maxFieldCharacters = 50_000

/** Reads the posted form. A box that is not ticked is not sent at all; what is too long is cut off. */
export function readContent(form: Record<string, unknown>): DraftContent {
  const line = (name: string) => field(form[name], maxFieldCharacters)
  const login = line('login-kind')
  return {
    to: line('to'),
    hidden: line('hidden') !== '',
    subject: line('subject').replace(/[\r\n]+/g, ' '),
    text: field(form['text'], maxTextCharacters),
    login: login === 'locals' || login === 'none' ? login : 'recipients',
    max: line('max').trim(),
    private: line('private') !== '',
    expires: line('expires').trim(),
    receipt: line('receipt') !== '',
  }
}

/** The revision that came with a form; 0 if none that makes sense did. */
export function readRevision(form: Record<string, unknown>): number {
  const written = form['revision']
  return typeof written === 'string' && /^\d{1,15}$/.test(written) ? Number(written) : 0
}

export function sealContent(messageKey: Buffer, draftId: string, content: DraftContent): Buffer {
  return sealBytes(messageKey, `draft:${draftId}`, Buffer.from(JSON.stringify(content), 'utf8'))
}

export function openContent(messageKey: Buffer, draftId: string, sealed: Buffer): DraftContent {
  return JSON.parse(openBytes(messageKey, `draft:${draftId}`, sealed).toString('utf8')) as DraftContent
}

function field(value: unknown, maxLength: number): string {
  // What is twice there was not sent by our form.
  return typeof value === 'string' ? value.slice(0, maxLength).toWellFormed() : ''
}
