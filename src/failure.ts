import type { Language } from './model.ts'
import { portalRefusals } from '#texts/portal-refusals.ts'
import { refusals } from '#texts/refusals.ts'
import { fill, type Detail, type Tongue } from '#texts/words.ts'

/**
 * Everything that a peer may be told. Three edges translate it, nowhere else: the SMTP reply, the page of the portal and
 * the answer to an upload (tus). Anything thrown that is not a `Failure`, or has no entry for the edge that it comes to,
 * is our bug or an outage: the peer hears `OUR_FAULT` with an id, the log gets the cause. `docs/errors.md` is the list.
 */

/** A reply code with its enhanced status code (RFC 3463): 4 if trying again later will do, 5 if something must change. */
type SmtpStatus = `4${number} 4.${number}.${number}` | `5${number} 5.${number}.${number}`

/** How each edge tells it. */
interface Edges {
  smtp?: SmtpStatus
  /** The HTTP status of a page. */
  page?: number
  /** The HTTP status of a request of tus. */
  upload?: number
  /** A failed login, a failed code, or a part of ours that is away. */
  group?: 'login' | 'code' | 'away'
}

type ToldSomewhere = Edges & ({ smtp: SmtpStatus } | { page: number } | { upload: number })

/** The words of each code: a sentence in English, one in Swedish if senders hear it, and what helps. */
export const failureWords = { ...refusals, ...portalRefusals }

export const failures = {
  // The mark and its options: the sender must write something else.
  OPTION_UNKNOWN: { smtp: '550 5.7.0' },
  OPTION_CONTRADICTS: { smtp: '550 5.7.0' },
  OPTION_OUT_OF_BOUNDS: { smtp: '550 5.7.0' },
  OPTION_LOCKED: { smtp: '550 5.7.0' },
  MARK_NEARLY: { smtp: '550 5.7.0' },
  MARK_MISPLACED: { smtp: '550 5.7.0' },
  MARK_UNREADABLE: { smtp: '550 5.6.0' },
  MAIL_AMBIGUOUS: { smtp: '554 5.6.0' },
  MAIL_UNSUPPORTED: { smtp: '554 5.6.1' },
  OUTSIDER_NEEDS_LOGIN: { smtp: '550 5.7.1' },
  OUTSIDER_REFUSED: { smtp: '550 5.7.1' },

  // The mail and its envelope.
  LINE_ENDINGS: { smtp: '550 5.6.11' },
  END_DISGUISED: { smtp: '550 5.6.11' },
  MAIL_TOO_BIG: { smtp: '552 5.3.4' },
  HEADER_TOO_BIG: { smtp: '552 5.3.4' },
  MAIL_LOOPS: { smtp: '554 5.4.6' },
  TOO_MANY_RECIPIENTS: { smtp: '452 4.5.3' },
  PARAMETER_UNKNOWN: { smtp: '555 5.5.4' },
  NEXT_HOP_WITHOUT_SMTPUTF8: { smtp: '550 5.6.7' },
  NEXT_HOP_WITHOUT_8BITMIME: { smtp: '554 5.6.3' },
  NEXT_HOP_TOO_SMALL: { smtp: '552 5.3.4' },
  SCRATCH_FULL: { smtp: '452 4.3.1' },

  // Who may send.
  AUTH_REQUIRED: { smtp: '530 5.7.0' },
  TLS_REQUIRED: { smtp: '538 5.7.11' },
  RELAY_DENIED: { smtp: '554 5.7.1' },
  SENDER_NOT_OWN: { smtp: '553 5.7.1' },

  // Clients that keep others waiting, or are none.
  TOO_MANY_CONNECTIONS: { smtp: '421 4.7.0' },
  TALKED_TOO_SOON: { smtp: '421 4.7.0' },
  NOT_HTTP: { smtp: '421 4.7.0' },
  TOO_MANY_COMMANDS: { smtp: '421 4.7.0' },
  TOO_MANY_UNKNOWN_COMMANDS: { smtp: '421 4.7.0' },
  COMMAND_TOO_LONG: { smtp: '421 4.5.2' },
  STAYED_WITHOUT_LOGIN: { smtp: '421 4.7.0' },
  SILENT_TOO_LONG: { smtp: '421 4.4.2' },
  TOO_SLOW: { smtp: '421 4.4.2' },

  // Parts of ours that are away.
  SHUTTING_DOWN: { smtp: '421 4.3.2' },
  OUR_FAULT: { smtp: '451 4.3.0', page: 500 },
  NEXT_HOP_AWAY: { smtp: '451 4.4.1', group: 'away' },
  DATABASE_AWAY: { smtp: '451 4.3.0', page: 503, upload: 503, group: 'away' },
  OBJECTS_AWAY: { smtp: '451 4.3.0', page: 503, upload: 503, group: 'away' },
  DIRECTORY_AWAY: { smtp: '454 4.7.0', page: 503, upload: 503, group: 'away' },

  // Logins, over SMTP and in the portal.
  LOGIN_WRONG: { smtp: '535 5.7.8', page: 403, group: 'login' },
  LOGIN_THROTTLED: { smtp: '454 4.7.0', page: 429, group: 'login' },

  // The portal.
  NOT_LOGGED_IN: { page: 403, upload: 401 },
  CODE_WRONG: { page: 403, group: 'code' },
  CODE_MALFORMED: { page: 403, group: 'code' },
  CODE_ENDED: { page: 403, group: 'code' },
  CODES_THROTTLED: { page: 429, group: 'code' },
  LINK_UNKNOWN: { page: 404 },
  LINK_EXPIRED: { page: 410 },
  LINK_REVOKED: { page: 410 },
  NOT_A_RECIPIENT: { page: 403 },
  USED_UP: { page: 403 },
  TICKET_INVALID: { page: 404 },
  DOWNLOADS_OF_SESSION: { page: 429 },
  DOWNLOADS_AT_ONCE: { page: 503 },
  VIEWS_AT_ONCE: { page: 503 },
  MESSAGE_UNKNOWN: { page: 404 },
  CROSS_SITE: { page: 403 },
  DRAFT_UNKNOWN: { page: 404, upload: 404 },
  DRAFTS_TOO_MANY: { page: 403, upload: 413 },
  UPLOAD_UNKNOWN: { upload: 404 },
  UPLOAD_MOVED_ON: { upload: 409 },
  UPLOAD_TOO_BIG: { upload: 413 },
  UPLOADS_TOO_MANY: { upload: 413 },
  UPLOAD_IN_CRUMBS: { upload: 400 },
} as const satisfies Record<keyof typeof failureWords, ToldSomewhere>

export type FailureCode = keyof typeof failures
/** The codes that this edge tells. */
type CodesOf<Edge extends keyof Edges> = {
  [Code in FailureCode]: (typeof failures)[Code] extends Record<Edge, unknown> ? Code : never
}[FailureCode]

/** A failure of any of these codes, whose details are known by its code. */
type FailureOf<Code extends FailureCode> = Code extends FailureCode ? Failure<Code> : never
export type SmtpFailure = FailureOf<CodesOf<'smtp'>>
export type PageCode = CodesOf<'page'>

/** `limit` and `keyword` of `{limit} … [{keyword}]`. */
type Places<Sentence extends string> = Sentence extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Places<Rest>
  : never
type PlacesOf<Code extends FailureCode> = Places<(typeof failureWords)[Code]['en']>
type InPlace<Name> = Name extends 'minutes' | 'left' | 'atMost' | 'atOnce' ? number : Detail

/** What only the page of a failure tells. */
interface OfPages {
  LINK_EXPIRED: { senderName: string; expiresAt: Date; lang: Language }
  LINK_REVOKED: { senderName: string; expiresAt: Date; lang: Language }
  USED_UP: { senderName: string; times: number }
  UPLOAD_TOO_BIG: { of?: 'drafts' }
}

/** What a failure with this code must tell: something for each place in its sentence. A hint may have an example. */
type DetailsOf<Code extends FailureCode> = { [Name in PlacesOf<Code>]: InPlace<Name> } & ('hint' extends PlacesOf<Code>
  ? { example?: Detail }
  : unknown) &
  (Code extends keyof OfPages ? OfPages[Code] : unknown)

type Arguments<Code extends FailureCode> =
  Record<never, never> extends DetailsOf<Code>
    ? [details?: DetailsOf<Code>, options?: { cause?: unknown }]
    : [details: DetailsOf<Code>, options?: { cause?: unknown }]

/** A refusal with a code of the catalogue. `cause` is what really happened: for our log, never for the peer. */
export class Failure<Code extends FailureCode = FailureCode> extends Error {
  readonly code: Code
  readonly details: DetailsOf<Code>
  constructor(code: Code, ...[details, options]: Arguments<Code>) {
    super(fill(failureWords[code].en, details ?? {}, { language: 'en', letters: true }), options)
    this.name = 'Failure'
    this.code = code
    this.details = details ?? ({} as DetailsOf<Code>)
  }
  /** The sentence for people of that language; its own, in English, if it is not translated. */
  tellIn(tongue: Tongue): string {
    const words: { en: string; sv?: string } = failureWords[this.code]
    return fill(words[tongue.language] ?? words.en, this.details, tongue)
  }
  get isTranslated(): boolean {
    return 'sv' in failureWords[this.code]
  }
  get edges(): Edges {
    return failures[this.code]
  }
  /** Whether a mail server that tries again later may succeed. */
  get again(): boolean {
    return this.edges.smtp?.startsWith('4') ?? false
  }
}

/** True for a `Failure`, and for one with one of these codes if any is given. */
export function isFailure<Code extends FailureCode = FailureCode>(
  error: unknown,
  ...codes: Code[]
): error is FailureOf<Code> {
  return error instanceof Failure && (codes.length === 0 || codes.some(code => code === error.code))
}

/** True for a `Failure` that this edge tells. */
export function isTold<Edge extends 'smtp' | 'page' | 'upload'>(
  error: unknown,
  edge: Edge,
): error is FailureOf<CodesOf<Edge>> {
  return error instanceof Failure && error.edges[edge] !== undefined
}
