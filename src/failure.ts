import type { Language } from './model.ts'
import { refusals } from '#texts/refusals.ts'
import { fill, type Detail, type Tongue, type Words } from '#texts/words.ts'

/**
 * Everything that a peer may be told. Two edges translate it, nowhere else: the SMTP reply and the
 * HTTP reply. Anything thrown that is not a `Failure` is our bug or an outage: the peer hears 451 or
 * 500 with an id, the log gets the cause.
 */

interface FailureKind {
  /** True: trying again later will do (4xx). False: the sender must change something (5xx). */
  again: boolean
  /** SMTP reply code; its first digit agrees with `again`. */
  smtp: number
  /** RFC 3463, without the class: `7.1` becomes 5.7.1 or 4.7.1. */
  enhanced: string
  /** One plain sentence, in each language if senders hear it; `{name}` is filled from the details. */
  tell: string | Words
}

export const failures = {
  // The mark and its options: the sender must write something else.
  OPTION_UNKNOWN: { again: false, smtp: 550, enhanced: '7.0', tell: refusals.OPTION_UNKNOWN },
  OPTION_CONTRADICTS: { again: false, smtp: 550, enhanced: '7.0', tell: refusals.OPTION_CONTRADICTS },
  OPTION_OUT_OF_BOUNDS: { again: false, smtp: 550, enhanced: '7.0', tell: refusals.OPTION_OUT_OF_BOUNDS },
  OPTION_LOCKED: { again: false, smtp: 550, enhanced: '7.0', tell: refusals.OPTION_LOCKED },
  MARK_NEARLY: { again: false, smtp: 550, enhanced: '7.0', tell: refusals.MARK_NEARLY },
  MARK_MISPLACED: { again: false, smtp: 550, enhanced: '7.0', tell: refusals.MARK_MISPLACED },
  MARK_UNREADABLE: { again: false, smtp: 550, enhanced: '6.0', tell: refusals.MARK_UNREADABLE },
  MAIL_AMBIGUOUS: { again: false, smtp: 554, enhanced: '6.0', tell: refusals.MAIL_AMBIGUOUS },
  MAIL_UNSUPPORTED: { again: false, smtp: 554, enhanced: '6.1', tell: refusals.MAIL_UNSUPPORTED },
  OUTSIDER_NEEDS_LOGIN: { again: false, smtp: 550, enhanced: '7.1', tell: refusals.OUTSIDER_NEEDS_LOGIN },
  OUTSIDER_REFUSED: { again: false, smtp: 550, enhanced: '7.1', tell: refusals.OUTSIDER_REFUSED },

  // SMTP in.
  LINE_ENDINGS: {
    again: false,
    smtp: 550,
    enhanced: '6.11',
    tell: 'Not accepted: the mail contains a carriage return or line feed that is not part of CRLF.',
  },
  END_DISGUISED: {
    again: false,
    smtp: 550,
    enhanced: '6.11',
    tell: 'Not accepted: a line of the mail is a lone dot with NUL characters before it, which some servers take for its end.',
  },
  MAIL_TOO_BIG: { again: false, smtp: 552, enhanced: '3.4', tell: 'Not accepted: the mail is larger than {limit}.' },
  HEADER_TOO_BIG: {
    again: false,
    smtp: 552,
    enhanced: '3.4',
    tell: 'Not accepted: the header section of the mail is larger than 1 MiB.',
  },
  MAIL_LOOPS: {
    again: false,
    smtp: 554,
    enhanced: '4.6',
    tell: 'Not accepted: the mail has been passed on too often; it is going round in circles.',
  },
  TOO_MANY_RECIPIENTS: {
    again: true,
    smtp: 452,
    enhanced: '5.3',
    tell: 'Too many recipients; send the mail to the others separately.',
  },
  NEXT_HOP_WITHOUT_SMTPUTF8: {
    again: false,
    smtp: 550,
    enhanced: '6.7',
    tell: 'Not sent: the next mail server takes no addresses or header fields with letters beyond a-z (SMTPUTF8). Use addresses without them.',
  },
  NEXT_HOP_WITHOUT_8BITMIME: {
    again: false,
    smtp: 554,
    enhanced: '6.3',
    tell: 'Not sent: the next mail server takes only 7-bit mail (no 8BITMIME). Let your mail program send as quoted-printable.',
  },
  NEXT_HOP_TOO_SMALL: {
    again: false,
    smtp: 552,
    enhanced: '3.4',
    tell: 'Not sent: the next mail server takes no mail larger than {limit}. Begin the subject with [{keyword}], and the files are sent as links instead.',
  },
  AUTH_REQUIRED: {
    again: false,
    smtp: 530,
    enhanced: '7.0',
    tell: 'Not accepted: log in first, over TLS.',
  },
  RELAY_DENIED: {
    again: false,
    smtp: 554,
    enhanced: '7.1',
    tell: 'Not accepted: log in to send mail through this server.',
  },
  SENDER_NOT_OWN: {
    again: false,
    smtp: 553,
    enhanced: '7.1',
    tell: 'Not accepted: {sender} is not an address of the account {account}.',
  },
  PARAMETER_UNKNOWN: { again: false, smtp: 555, enhanced: '5.4', tell: 'The parameter {parameter} is not supported.' },
  TOO_MANY_CONNECTIONS: { again: true, smtp: 421, enhanced: '7.0', tell: 'Too many connections; try again later.' },
  TOO_SLOW: { again: true, smtp: 421, enhanced: '4.2', tell: 'The mail took too long to arrive; try again later.' },
  SCRATCH_FULL: {
    again: true,
    smtp: 452,
    enhanced: '3.1',
    tell: 'Not accepted now: there is no room to receive this mail; try again later.',
  },

  // Parts of ours that are away.
  NEXT_HOP_AWAY: {
    again: true,
    smtp: 451,
    enhanced: '4.1',
    tell: 'Not accepted now: the next mail server cannot be reached; try again later.',
  },
  DATABASE_AWAY: {
    again: true,
    smtp: 451,
    enhanced: '3.0',
    tell: 'Not accepted now: the mail cannot be secured at the moment; try again later.',
  },
  OBJECTS_AWAY: {
    again: true,
    smtp: 451,
    enhanced: '3.0',
    tell: 'Not accepted now: the mail cannot be stored at the moment; try again later.',
  },
  DIRECTORY_AWAY: {
    again: true,
    smtp: 454,
    enhanced: '7.0',
    tell: 'The directory cannot be reached at the moment; try again later.',
  },

  // The portal. Pages have their own sentences by code (see portal/pages); these are for logs.
  LINK_UNKNOWN: { again: false, smtp: 550, enhanced: '1.1', tell: 'This link does not lead to a message.' },
  LINK_EXPIRED: { again: false, smtp: 550, enhanced: '7.0', tell: 'This message has expired.' },
  LINK_REVOKED: { again: false, smtp: 550, enhanced: '7.0', tell: 'This message has been withdrawn.' },
  LOGIN_WRONG: { again: false, smtp: 535, enhanced: '7.8', tell: 'The user name or password is wrong.' },
  LOGIN_THROTTLED: {
    again: true,
    smtp: 454,
    enhanced: '7.0',
    tell: 'Too many failed logins; try again in {minutes} minutes.',
  },
  CODE_WRONG: { again: false, smtp: 535, enhanced: '7.8', tell: 'The code is wrong; {left} tries are left.' },
  CODE_MALFORMED: { again: false, smtp: 535, enhanced: '7.8', tell: 'This is not a code.' },
  CODE_ENDED: {
    again: false,
    smtp: 535,
    enhanced: '7.8',
    tell: 'No code is valid: it is too old, used, replaced, or was tried too often.',
  },
  CODES_THROTTLED: {
    again: true,
    smtp: 454,
    enhanced: '7.0',
    tell: 'Too many codes were asked for; try again in {minutes} minutes.',
  },
  NOT_LOGGED_IN: { again: false, smtp: 530, enhanced: '7.0', tell: 'Log in first.' },
  DRAFT_UNKNOWN: {
    again: false,
    smtp: 550,
    enhanced: '7.1',
    tell: "There is no such draft: it was sent, or discarded, or is somebody else's.",
  },
  MESSAGE_UNKNOWN: {
    again: false,
    smtp: 550,
    enhanced: '7.1',
    tell: "There is no such message, or it is somebody else's.",
  },
  DRAFTS_TOO_MANY: { again: false, smtp: 552, enhanced: '2.2', tell: 'There are {atMost} drafts already.' },
  UPLOAD_UNKNOWN: { again: false, smtp: 550, enhanced: '7.1', tell: 'There is no such upload.' },
  UPLOAD_MOVED_ON: { again: true, smtp: 450, enhanced: '3.0', tell: 'The upload has moved on; ask where to go on.' },
  UPLOAD_TOO_BIG: { again: false, smtp: 552, enhanced: '3.4', tell: 'The file is larger than {atMost} bytes.' },
  UPLOADS_TOO_MANY: { again: false, smtp: 552, enhanced: '3.4', tell: 'There are {atMost} files already.' },
  UPLOAD_IN_CRUMBS: { again: false, smtp: 550, enhanced: '3.0', tell: 'The upload came in too many pieces.' },
  NOT_A_RECIPIENT: { again: false, smtp: 550, enhanced: '7.1', tell: 'This message is not addressed to this account.' },
  USED_UP: {
    again: false,
    smtp: 550,
    enhanced: '7.0',
    tell: 'This file has been downloaded as often as the sender allowed.',
  },
  TICKET_INVALID: {
    again: false,
    smtp: 550,
    enhanced: '7.0',
    tell: 'This download is no longer valid; start it again from the page.',
  },
  DOWNLOADS_OF_SESSION: {
    again: true,
    smtp: 454,
    enhanced: '7.0',
    tell: 'Too many downloads at the same time; at most {atOnce} are possible.',
  },
  DOWNLOADS_AT_ONCE: {
    again: true,
    smtp: 454,
    enhanced: '3.2',
    tell: 'Too many files are being downloaded at the moment; try again later.',
  },
  VIEWS_AT_ONCE: {
    again: true,
    smtp: 454,
    enhanced: '3.2',
    tell: 'Too many texts are being shown at the moment; try again later.',
  },
  CROSS_SITE: {
    again: false,
    smtp: 550,
    enhanced: '7.0',
    tell: 'This request did not come from a page of this server.',
  },
} as const satisfies Record<string, FailureKind>

export type FailureCode = keyof typeof failures
type Details = Record<string, Detail>

/** A refusal with a code of the catalogue. `cause` is what really happened: for our log, never for the peer. */
export class Failure extends Error {
  readonly code: FailureCode
  readonly details: Details
  constructor(code: FailureCode, details: Details = {}, options?: { cause?: unknown }) {
    super(fill(sentenceOf(code, 'en'), details, { language: 'en', letters: true }), options)
    this.name = 'Failure'
    this.code = code
    this.details = details
  }
  /** The sentence for people of that language; its own, in English, if it is not translated. */
  tellIn(tongue: Tongue): string {
    return fill(sentenceOf(this.code, tongue.language), this.details, tongue)
  }
  get isTranslated(): boolean {
    return typeof failures[this.code].tell !== 'string'
  }
  /** Whether trying again later will do. */
  get again(): boolean {
    return failures[this.code].again
  }
}

/** True for a `Failure`, and for one with this code where a code is given. */
export function isFailure(error: unknown, code?: FailureCode): error is Failure {
  return error instanceof Failure && (code === undefined || error.code === code)
}

function sentenceOf(code: FailureCode, language: Language): string {
  const { tell }: FailureKind = failures[code]
  return typeof tell === 'string' ? tell : tell[language]
}
