import type { CrashPoint } from './crash-point.ts'

/** Functions of a step, each with the moments at which a process is killed there. */
export type Points = Record<string, CrashPoint['when'][]>

const around: CrashPoint['when'][] = ['before', 'after']
const through: CrashPoint['when'][] = ['before', 'during', 'after']

/** What a marked mail passes on its way in, in this order. */
export const marked: Record<string, Points> = {
  'gateway/commands': { 'gateway/commands/transaction.ts#addRecipient': around },
  'gateway/data': {
    'gateway/data/arriving-mail.ts#readArrivingMail': through,
    'spool.take': through,
  },
  'gateway/classify': {
    'options/choose-options.ts#chooseOptions': around,
    'gateway/classify/classify.ts#classify': around,
  },
  'seal/split': { 'seal/split/split.ts#splitMail': around },
  'seal/plan': { 'seal/plan/plan.ts#plan': around },
  'seal/store': {
    'seal/store/store.ts#store': around,
    'objects.put': through,
    'seal/commit.ts#commit': around,
  },
}

/** What an unmarked one passes. */
export const unmarked: Record<string, Points> = {
  'gateway/relay': { 'gateway/relay/relay.ts#relay': through },
}

/** What a copy passes on its way out. */
export const copy: Record<string, Points> = {
  'courier/claim': { 'courier/claim/find-copy.ts#findCopy': around },
  'courier/send': { 'courier/send/send-copy.ts#sendCopy': around },
  'courier/rewrite': {
    'courier/rewrite/rewrite.ts#rewrite': through,
    'courier/rewrite/verify-copy.ts#verifyCopy': through,
  },
}

/** What a copy passes that the next hop refuses. */
export const bounced: Record<string, Points> = {
  'courier/reports': { 'courier/reports/delivery-status.ts#writeDeliveryStatus': around },
}

/** What somebody passes who opens a link and fetches a file. */
export const download: Record<string, Points> = {
  'portal/pages': { 'portal/pages/layout.ts#layout': around },
  'portal/login': {
    'portal/login/authenticate.ts#authenticateFor': around,
    'portal/login/session.ts#sessionOfPress': around,
  },
  'portal/open': {
    'portal/open/authorise-link.ts#authoriseLink': around,
    'portal/open/authorise-link.ts#authoriseTicket': around,
  },
  'portal/fetch': {
    'portal/fetch/ask-for-tickets.ts#askForTickets': around,
    'portal/fetch/open-file.ts#openFile': through,
  },
}

/** What a message passes that is written in the portal. */
export const written: Record<string, Points> = {
  'portal/server': { 'portal/server/read-form.ts#readForm': around },
  'portal/write': {
    'portal/write/check-message.ts#checkMessage': around,
    'portal/write/write-mail.ts#writeMail': around,
  },
}

/** What a file passes that is uploaded to it. */
export const uploaded: Record<string, Points> = {
  'portal/write': {
    'portal/write/open-draft.ts#beginDraft': around,
    'portal/write/begin-upload.ts#beginUpload': around,
    'portal/write/store-pieces.ts#storePieces': through,
  },
}

/** What a message passes that is given another recipient after it was sent. */
export const changed: Record<string, Points> = {
  'portal/sent': {
    'portal/sent/own-message.ts#findOwnMessage': around,
    'portal/sent/add-recipients.ts#addRecipients': around,
  },
}

/** What a contact passes that somebody writes down. */
export const settled: Record<string, Points> = {
  'portal/account': { 'portal/account/check-contact.ts#checkContact': around },
}

/** What a round of upkeep passes. */
export const upkeep: Record<string, Points> = {
  'upkeep/expire': { 'upkeep/expire/expire.ts#expire': around },
  'upkeep/remind': { 'upkeep/remind/remind.ts#remind': around },
  'upkeep/tidy': { 'upkeep/tidy/tidy.ts#tidy': around },
  'upkeep/forget': { 'upkeep/forget/forget.ts#forget': around },
  'upkeep/remove': { 'upkeep/remove/remove.ts#remove': around, 'objects.remove': around },
  'upkeep/sweep': { 'upkeep/sweep/sweep.ts#sweep': around, 'objects.list': through },
}

/** Every point of these steps, in their order. */
export function pointsOf(steps: Record<string, Points>): CrashPoint[] {
  const functions = Object.values(steps).flatMap(points => Object.entries(points))
  return functions.flatMap(([at, moments]) => moments.map(when => ({ at, when })))
}

/** With what the tests of them are called. */
export function named(points: CrashPoint[]): [string, CrashPoint][] {
  return points.map(point => [describePoint(point), point])
}

/** In words. */
export function describePoint({ at, when, nth }: CrashPoint): string {
  return `${when} ${at}${nth === undefined ? '' : ` (${nth})`}`
}
