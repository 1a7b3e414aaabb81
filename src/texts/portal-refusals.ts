import type { Refusal } from './refusals.ts'

/** What only the portal tells, by the code of the failure. Pages have their own words; these are for logs. */
export const portalRefusals = {
  NOT_LOGGED_IN: { en: 'Log in first.', remedy: 'The visitor logs in; text that was typed is kept.' },
  CODE_WRONG: {
    en: 'The code is wrong; {left} tries are left.',
    remedy: 'The visitor types the code of the newest mail.',
  },
  CODE_MALFORMED: { en: 'This is not a code.', remedy: 'The visitor types the digits of the mail.' },
  CODE_ENDED: {
    en: 'No code is valid: it is too old, used, replaced, or was tried too often.',
    remedy: 'The visitor asks for a new code.',
  },
  CODES_THROTTLED: {
    en: 'Too many codes were asked for; try again in {minutes} minutes.',
    remedy: 'The visitor looks for the codes that were mailed, in the junk folder as well, or waits.',
  },
  LINK_UNKNOWN: {
    en: 'This link does not lead to a message.',
    remedy:
      'The visitor opens the link from the mail again, whole: some programs break it. The sender can send it again.',
  },
  LINK_EXPIRED: { en: 'This message has expired.', remedy: 'The visitor asks the sender to send it again.' },
  LINK_REVOKED: { en: 'This message has been withdrawn.', remedy: 'The visitor asks the sender.' },
  NOT_A_RECIPIENT: {
    en: 'This message is not addressed to this account.',
    remedy: 'The visitor logs in with the account that the mail came to. The sender can add a recipient.',
  },
  USED_UP: {
    en: 'This file has been downloaded as often as the sender allowed.',
    remedy: 'The sender raises the limit on the page of the message.',
  },
  TICKET_INVALID: {
    en: 'This download is no longer valid; start it again from the page.',
    remedy: 'The visitor does as the sentence says. The admin sets how long it is valid: `portal.ticketMinutes`.',
  },
  DOWNLOADS_OF_SESSION: {
    en: 'Too many downloads at the same time; at most {atOnce} are possible.',
    remedy: 'The visitor waits for one to end. The admin sets the limit: `portal.downloadsPerSession`.',
  },
  DOWNLOADS_AT_ONCE: {
    en: 'Too many files are being downloaded at the moment; try again later.',
    remedy: 'The visitor waits. The admin sets the limit: `portal.downloadsAtOnce`.',
  },
  VIEWS_AT_ONCE: { en: 'Too many texts are being shown at the moment; try again later.', remedy: 'The visitor waits.' },
  MESSAGE_UNKNOWN: {
    en: "There is no such message, or it is somebody else's.",
    remedy: 'The visitor goes to the list of sent messages.',
  },
  CROSS_SITE: {
    en: 'This request did not come from a page of this server.',
    remedy:
      'The visitor opens the page anew. If it happens to everybody, `portal.url` is not the address that browsers use.',
  },
  DRAFT_UNKNOWN: {
    en: "There is no such draft: it was sent, or discarded, or is somebody else's.",
    remedy: 'The visitor looks in the lists of drafts and of sent messages.',
  },
  DRAFTS_TOO_MANY: {
    en: 'There are {atMost} drafts already.',
    remedy: 'The visitor discards some. The admin sets the limit: `compose.drafts`.',
  },
  UPLOAD_UNKNOWN: { en: 'There is no such upload.', remedy: 'The page uploads the file anew.' },
  UPLOAD_MOVED_ON: { en: 'The upload has moved on; ask where to go on.', remedy: 'The page does that by itself.' },
  UPLOAD_TOO_BIG: {
    en: 'The file is larger than {atMost} bytes.',
    remedy:
      'The visitor chooses a smaller file. The admin sets the limits: `compose.fileBytes`, `filesBytes`, `draftsBytes`.',
  },
  UPLOADS_TOO_MANY: {
    en: 'There are {atMost} files already.',
    remedy: 'The visitor puts files into one archive. The admin sets the limit: `compose.files`.',
  },
  UPLOAD_IN_CRUMBS: {
    en: 'The upload came in too many pieces.',
    remedy: 'The visitor uploads the file anew, over a line that breaks less often.',
  },
} as const satisfies Record<string, Refusal>
