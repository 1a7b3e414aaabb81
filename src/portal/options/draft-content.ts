import { openBytes, sealBytes } from '#crypto/seal-bytes.ts'
import { readFormValues, type FormValues } from './form-values.ts'

/** What somebody has written so far, as it stands in the form: nothing of it has been checked. */
export interface DraftContent extends FormValues {
  /** Recipients as they were typed: addresses and names of contacts, separated by commas, semicolons or lines. */
  to: string
  /** Whether recipients are kept from seeing each other. */
  hidden: boolean
  subject: string
  text: string
}

/** A draft as it was stored, maybe before there were all of the options. */
export type StoredContent = Partial<DraftContent>

/** More than anybody types; a mail's text of this size is far from what the gateway takes. */
const maxTextCharacters = 500_000
const maxFieldCharacters = 50_000

/** Reads the posted form. A box that is not ticked is not sent at all; what is too long is cut off. */
export function readContent(form: Record<string, unknown>): DraftContent {
  const line = (name: string) => field(form[name], maxFieldCharacters)
  return {
    to: line('to'),
    hidden: line('hidden') !== '',
    subject: line('subject').replace(/[\r\n]+/g, ' '),
    text: field(form['text'], maxTextCharacters),
    ...readFormValues(line),
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

export function openContent(messageKey: Buffer, draftId: string, sealed: Buffer): StoredContent {
  return JSON.parse(openBytes(messageKey, `draft:${draftId}`, sealed).toString('utf8')) as StoredContent
}

function field(value: unknown, maxLength: number): string {
  // What is twice there was not sent by our form.
  return typeof value === 'string' ? value.slice(0, maxLength).toWellFormed() : ''
}
