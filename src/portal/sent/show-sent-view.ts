import { unwrapKey } from '#crypto/message-key.ts'
import { findFiles, openFiles } from '#database/files.ts'
import { findLinksOfMessage } from '#database/links.ts'
import type { MessageRow } from '#database/messages.ts'
import { findFetched, findSentLinks, type FetchedRow, type SentLinkRow } from '#database/sent.ts'
import { findVisits, type VisitsRow } from '#database/visits.ts'
import type { Language, StoredFile } from '#model.ts'
import { limitsFor, type Limits } from '#options/limits.ts'
import type { Doings, Done, SentRecipientView, SentView } from './sent-view.ts'
import { sentWords } from './words.ts'
import type { PortalDeps } from '#portal/server/portal-deps.ts'
import type { SentProblem } from '#portal/pages/problem.ts'
import { bounceReason, serverReply } from './bounce-reason.ts'
import { changeable } from './bounds.ts'
import { isOpen } from './own-message.ts'

interface Shown {
  text: SentView['text']
  problems?: SentProblem[]
  /** What was filled in where there is a problem. */
  typed?: Partial<SentView['typed']>
  done?: Done | null
  isJustSent?: boolean
}

/** A message that was sent, as its page shows it. */
export async function describeSent(
  deps: Pick<PortalDeps, 'db' | 'keyring' | 'masterKeys' | 'settings'>,
  { message, language }: { message: MessageRow; language: Language },
  { text, problems = [], typed = {}, done = null, isJustSent = false }: Shown,
): Promise<SentView> {
  const { db } = deps
  const [files, links, visits, fetched] = await Promise.all([
    filesOf(deps, message, language),
    findSentLinks(db, message.id),
    findVisits(db, message.id),
    findFetched(db, message.id),
  ])
  const { extend, raise } = changeable(message, await limitsOfMessage(deps, message), new Date())
  const doings = (person: string) => doingsOf(person, { visits, fetched, files })
  const persons = [...visits, ...fetched].map(({ person }) => person)
  const others = new Set(persons.filter(person => person.startsWith('account:')))
  return {
    at: `/sent/${message.id}`,
    subject: message.subject,
    createdAt: message.createdAt,
    expiresAt: message.expiresAt,
    state: isOpen(message) ? 'open' : message.revoked ? 'revoked' : 'expired',
    login: message.login,
    max: message.max,
    receipt: message.receipt,
    private: message.private,
    files: files.filter(file => file.kind !== 'body'),
    text,
    recipients: links.map(link => ({
      ...describeLink(link, language),
      ...doings(`link:${link.id}`),
      canChange: isOpen(message) && link.revokedAt === null,
    })),
    others: [...others].map(person => ({ account: person.slice('account:'.length), ...doings(person) })),
    extend,
    raise: raise && { ...raise, max: message.max! },
    typed: { to: '', expires: '', max: String(message.max ?? ''), ...typed },
    problems,
    done,
    isJustSent,
  }
}

type SentFile = SentView['files'][number] & Pick<StoredFile, 'id' | 'kind'>

/** The names of a private message's files go with its key. */
async function filesOf(
  { db, masterKeys }: Pick<PortalDeps, 'db' | 'masterKeys'>,
  { id, keyId, wrappedKey }: MessageRow,
  language: Language,
): Promise<SentFile[]> {
  const rows = await findFiles(db, id)
  if (wrappedKey) return openFiles(unwrapKey(masterKeys, id, { keyId, wrapped: wrappedKey }), rows)
  return rows.map((row, index) => ({ ...row, name: row.name ?? sentWords[language].nameForgotten(index + 1) }))
}

/** What the admin allows for a message from its sender to the recipients that it has, and to these. */
export async function limitsOfMessage(
  { db, keyring, settings }: Pick<PortalDeps, 'db' | 'keyring' | 'settings'>,
  message: MessageRow,
  added: string[] = [],
): Promise<Limits> {
  const links = (await findLinksOfMessage({ db, keyring }, message.id)).filter(link => !link.revokedAt)
  const recipients = [...links.map(link => link.recipient), ...added].map(address => ({ address, parameters: [] }))
  return limitsFor(settings.classify, { sender: message.sender, parameters: message.envelopeParameters, recipients })
}

function describeLink(link: SentLinkRow, language: Language): Omit<SentRecipientView, keyof Doings | 'canChange'> {
  const state = link.revokedAt ? 'withdrawn' : link.state
  const at = { queued: isDue(link) ? null : link.nextAttemptAt, sent: link.settledAt, bounced: link.settledAt }
  return {
    linkId: link.id,
    recipient: link.recipient,
    state,
    at: state === 'withdrawn' ? link.revokedAt : at[state],
    earlier: link.earlier,
    reason: state === 'bounced' ? sentWords[language].reasons[bounceReason(link.reason)] : null,
    away: state === 'queued' && link.reason === 'unreachable',
    // What a server says when all is well is of interest to nobody.
    serverReply: state === 'queued' || state === 'bounced' ? serverReply(link) : null,
  }
}

function isDue({ nextAttemptAt }: SentLinkRow): boolean {
  return nextAttemptAt <= new Date()
}

function doingsOf(
  person: string,
  { visits, fetched, files }: { visits: VisitsRow[]; fetched: FetchedRow[]; files: SentFile[] },
): Doings {
  const own = visits.filter(visit => visit.person === person)
  const byId = new Map(files.map(file => [file.id, file]))
  return {
    opened: own.find(visit => !visit.automatic) ?? null,
    automatic: own.find(visit => visit.automatic)?.times ?? 0,
    fetched: fetched
      .filter(row => row.person === person)
      .map(({ fileId, ...times }) => {
        const file = byId.get(fileId)
        return { ...times, name: file?.name ?? '', isText: file?.kind === 'body' }
      }),
  }
}
