/**
 * The words of Kuvert, as types. One word per thing, here and in SQL, logs, pages and documents:
 *
 * - mail: what travels over SMTP, in or out
 * - mark: what makes a mail one to seal (subject tag, header, or a rule of the admin's)
 * - options: what the mark asks for
 * - part: a MIME part of a mail; file: what a detached part becomes in storage
 * - message: a sealed mail; slim mail: the mail without its files, from which each copy is written
 * - link: one recipient's way to one message; its token is a secret
 * - account: somebody in the directory, with all of their addresses
 * - local: a recipient with an account; outsider: a recipient address without one
 * - ticket: the right to fetch one file once, for a short while
 * - next hop: the MTA that mail is handed to
 */

export type Language = 'sv' | 'en'

/** What a process can be: any of these, or all. */
export const roles = ['gateway', 'courier', 'portal', 'upkeep'] as const
export type Role = (typeof roles)[number]

/** Who may open: recipients only, recipients and any local, or nobody is asked. */
export type Login = 'recipients' | 'locals' | 'none'

/** Why a copy is sent: with its message, once more to the same recipient, or to one who was added to the message later. */
export type DeliveryKind = 'first' | 'again' | 'added'

/** Why the next hop did not take a copy, as its reply says: not yet (`deferred`), or never, for one of these reasons. */
export const replyReasons = [
  'deferred',
  'unknown-address',
  'mailbox-full',
  'too-large',
  'not-allowed',
  'refused',
] as const

/**
 * Why the latest attempt did not hand a copy over: the next hop's reply, or a reason that has none.
 *
 * - unreachable: no next hop could be reached, or the line broke
 * - not-supported: the next hop lacks an extension that the mail needs
 * - withdrawn, expired: the message had ended
 * - key-missing: a key of the message or the link is not configured
 * - not-genuine: the row of the message or the link is not as Kuvert wrote it
 * - interrupted: Kuvert was stopped
 * - failed: anything else that went wrong in Kuvert; the log says what
 */
export const deliveryReasons = [
  ...replyReasons,
  'unreachable',
  'not-supported',
  'withdrawn',
  'expired',
  'key-missing',
  'not-genuine',
  'interrupted',
  'failed',
] as const

export type ReplyReason = (typeof replyReasons)[number]
export type DeliveryReason = (typeof deliveryReasons)[number]

/** A recipient as the client named it: `address` without angle brackets, parameters verbatim (`NOTIFY=NEVER`). */
export interface EnvelopeRecipient {
  address: string
  parameters: string[]
}

/** The SMTP envelope exactly as it came: addresses are not normalised, parameters are verbatim (`SIZE=1000`). */
export interface Envelope {
  /** Empty for the null return path. */
  sender: string
  parameters: string[]
  recipients: EnvelopeRecipient[]
}

/** Somebody in the directory. */
export interface Account {
  /** Stable user id, unique in the directory: what one logs in with. */
  id: string
  name: string
  /** All addresses of the account, lower case; the first is the primary one. */
  addresses: string[]
  /** Addresses of shared mailboxes and groups that the account belongs to, lower case. */
  mailboxes: string[]
}

/** A half-open range of bytes, [start, end). */
export interface ByteRange {
  start: number
  end: number
}

/** How a part's bytes are encoded in the mail (RFC 2045 section 6). */
export type TransferEncoding = '7bit' | '8bit' | 'binary' | 'quoted-printable' | 'base64'

/**
 * - attachment: a detached part
 * - body: a sealed text
 * - mail: a whole mail as message.eml, because its parts cannot be told
 * - protected: a whole mail as message.eml, because it is signed or encrypted
 */
export type FileKind = 'attachment' | 'body' | 'mail' | 'protected'

/** A stretch of the received mail, or bytes of our own, in the order in which they make up a new mail. */
export type Piece = { from: 'mail'; range: ByteRange } | { from: 'us'; bytes: Buffer }

/** A file to be: where its bytes are. A part's bytes are decoded; a body is put together from pieces. */
export interface PlannedFile {
  kind: FileKind
  /** For display; already sanitised. */
  name: string
  mediaType: string
  /** True where the encoding was broken, so that the file is the part as it was encoded. */
  stillEncoded: boolean
  /** Decoded. */
  sizeBytes: number
  content: { range: ByteRange; encoding: TransferEncoding } | { pieces: Piece[] }
}

/**
 * Where the courier writes the link block into the slim mail, and how it must be encoded there.
 * `offset` counts bytes of the slim mail.
 */
export interface Slot {
  offset: number
  kind: 'text' | 'html'
  /** Lower case, as the part has it; `utf-8` where the part said nothing or `us-ascii`. */
  charset: string
  encoding: TransferEncoding
  /** RFC 3676: text/plain; format=flowed. */
  flowed: boolean
  position: 'top' | 'bottom'
  /**
   * Base64 cannot be cut between any two bytes: decoded bytes (0 to 2 each) that stood around the
   * slot inside one base64 quantum, latin1. They are written encoded together with the block.
   */
  before: string
  after: string
}

/**
 * What becomes of a marked mail, decided before anything is done.
 *
 * - `detach`: the slim mail is the mail without its files, with slots for the link block.
 * - `notice`: the slim mail is a header section only (with its blank line left out); the courier
 *   writes a notice below it. For private messages and for mails sealed whole.
 */
export interface Plan {
  copy: 'detach' | 'notice'
  files: PlannedFile[]
  slim: Piece[]
  slots: Slot[]
}

/** A file in storage. */
export interface StoredFile {
  id: string
  kind: FileKind
  /** 0, 1, 2 … in the order of the mail. */
  position: number
  name: string
  mediaType: string
  stillEncoded: boolean
  sizeBytes: number
  /** Of the plain bytes, lower-case hex. */
  sha256: string
  /** Of the plain bytes, as a zip states it. */
  crc32: number
  /** What it is stored in, in order: one object, or those that its upload made. An empty upload has none. */
  objects: StoredObject[]
}

/** A sealed object of the storage, and how many plain bytes are in it. */
export interface StoredObject {
  key: string
  sizeBytes: number
}

/** A slim mail: where it is in the storage, or its own ciphertext where it is small enough to be kept with the message. */
export interface StoredSlim extends StoredObject {
  sealed: Uint8Array | null
}
