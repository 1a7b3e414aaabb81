import type { FormName } from '#options/option-records.ts'

/** What keeps a message from being sent, and at which field of the form. Pages put it into words. */
export type Problem =
  | { field: 'to'; what: 'no recipient' }
  | { field: 'to'; what: 'not an address'; entries: string[] }
  | { field: 'to'; what: 'too many recipients'; atMost: number }
  | { field: 'to'; what: 'outsiders refused'; recipients: string }
  | { field: 'to'; what: 'outsiders cannot log in'; recipients: string }
  | { field: 'text'; what: 'nothing to send' }
  | { field: 'files'; what: 'not whole'; names: string[] }
  | { field: 'files'; what: 'files lost' }
  | { field: 'files'; what: 'file too big'; name: string; atMostBytes: number }
  | { field: 'files'; what: 'too many files'; atMost: number }
  | { field: 'files'; what: 'drafts too big'; name: string; atMostBytes: number }
  | { field: FormName; what: 'choice not allowed' }
  | { field: FormName; what: 'count not allowed'; atMost: number; needed: boolean }
  | { field: FormName; what: 'day not allowed'; days: number }

/** What may be sent, but perhaps not as it was meant: it is pointed out once. */
export type Doubt =
  | { what: 'locals without login'; recipients: string[] }
  | { what: 'outsiders need a code'; recipients: string[] }
  | { what: 'text becomes private' }

/** Why a message that was sent cannot be changed so. */
export type SentProblem =
  | Problem
  | { field: 'to'; what: 'recipients already'; recipients: string[] }
  | { field: 'to'; what: 'rules differ'; recipients: string[] }
  | { field: 'expires'; what: 'not later' }
  | { field: 'max'; what: 'not more'; max: number }
  | { field: 'recipients'; what: 'just sent' }
  | { field: 'content'; what: 'ended' }
