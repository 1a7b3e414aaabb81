import { createHash, randomUUID } from 'node:crypto'
import * as audit from '#database/audit.ts'
import * as auditChain from '#database/audit-chain.ts'
import * as auditEntries from '#database/audit-entries.ts'
import * as chores from '#database/chores.ts'
import * as codes from '#database/codes.ts'
import * as copies from '#database/copies.ts'
import * as counts from '#database/counts.ts'
import type { Keyring } from '#crypto/keyring.ts'
import type { Database } from '#database/database.ts'
import * as deliveries from '#database/deliveries.ts'
import * as downloads from '#database/downloads.ts'
import * as endings from '#database/endings.ts'
import * as files from '#database/files.ts'
import * as grants from '#database/grants.ts'
import * as links from '#database/links.ts'
import * as loginFailures from '#database/login-failures.ts'
import * as loginPlaces from '#database/login-places.ts'
import * as messages from '#database/messages.ts'
import * as neededKeys from '#database/needed-keys.ts'
import * as notices from '#database/notices.ts'
import * as objects from '#database/objects.ts'
import * as portalAudit from '#database/portal-audit.ts'
import * as received from '#database/received.ts'
import * as receipts from '#database/receipts.ts'
import * as reminders from '#database/reminders.ts'
import * as reports from '#database/reports.ts'
import * as sameMail from '#database/same-mail.ts'
import * as sent from '#database/sent.ts'
import * as sentChanges from '#database/sent-changes.ts'
import * as sessions from '#database/sessions.ts'
import * as visits from '#database/visits.ts'
import { writeMessage } from '#database/write-message.ts'

/** Every function that runs SQL, by its name, called as Kuvert calls it on what `fillWithMessages` wrote for `count`. */
export function everyStatement(count: number, keyring: Keyring): Record<string, (db: Database) => Promise<unknown>> {
  const recent = recentNumber(count)
  const messageId = recentMessage(count)
  const linkId = idOf(`l${recent}0`)
  const fileId = idOf(`f${recent}0`)
  const ticketId = idOf(`ticket${recent}`)
  const person = `link:${linkId}`
  const tokenHash = hashOf(`t${recent}0`)
  const sessionHash = hashOf(`s${Math.floor(recent / 3)}`)
  const held = { sessionHash, person, fileIds: [fileId] }
  const account = { id: 'p1', name: 'P', addresses: ['p1@kommun.example'], mailboxes: [] }
  const session = { idHash: sessionHash, endsAt: new Date('2100-01-01') }
  const limit = { windowMinutes: 15, max: 5 }
  const claimed = {
    id: idOf(`d${recent}0`),
    linkId,
    kind: 'first' as const,
    attempts: 1,
    createdAt: new Date(),
    lease: randomUUID(),
  }
  const notice = {
    ...claimed,
    id: idOf(`n${recent}`),
    sender: '',
    recipient: 'p',
    kind: 'mail' as const,
    mail: Buffer.alloc(0),
    linkKeyId: 'test',
    worthlessAt: null,
  }
  const unreported = {
    ...claimed,
    toReport: null as never,
    reason: null,
    reply: null,
    settledAt: null,
    recipient: 'p',
    recipientParameters: [],
  }
  const sameAgain = {
    sender: `p${recent % 5000}@kommun.example`,
    senderAccount: `p${recent % 5000}`,
    mac: md5(`mail${recent}`),
  }
  const newFile = {
    id: randomUUID(),
    kind: 'attachment' as const,
    position: 7,
    name: 'a',
    mediaType: 'text/plain',
    stillEncoded: false,
    sizeBytes: 1,
    sealed: '',
    objects: [{ key: randomUUID(), sizeBytes: 1 }],
  }
  const to = { address: 'x@y', parameters: [], isLocal: true }
  const newLink = links.newLink(keyring, to, { messageId, sameMail: null })
  const requested = {
    actor: 'account:p1',
    sessionHash,
    tokenHash,
    ticketId,
    address: '192.0.2.1',
    details: {},
  } as const
  return {
    findCopyRows: db => copies.findCopyRows(db, linkId),
    record: db => audit.record(db, { action: 'login', actor: 'account:p1', details: { login: 'p1' } }),
    chainAudit: db => auditChain.chainAudit(db, 10),
    findChainLag: db => auditChain.findChainLag(db),
    findLeftOut: db => auditChain.findLeftOut(db, Math.floor(count / 2), Math.floor(count / 2) + 500),
    findLastEntryId: db => auditChain.findLastEntryId(db),
    findUnchained: db => auditChain.findUnchained(db),
    findChained: db => auditEntries.findChained(db, Math.floor(count / 2), 500),
    findUnchainedEntries: db => auditEntries.findUnchainedEntries(db, { afterPosition: count, afterId: 0 }, 500),
    findPersons: db => auditEntries.findPersons(db, '7', 500),
    findNames: db => auditEntries.findNames(db, [md5('account1'), md5('login1')]),
    findUnknownKeys: db => neededKeys.findUnknownKeys(db, { master: ['of-this-node'], link: ['of-this-node'] }),
    countSealedWith: db => neededKeys.countSealedWith(db, 'k'),
    countMadeWith: db => neededKeys.countMadeWith(db, 'retired'),
    isChoreDue: db => chores.isChoreDue(db, 'sweep', 24, new Date()),
    markChoreDone: db => chores.markChoreDone(db, 'sweep', new Date()),
    lockCodes: db => db.transaction(tx => codes.lockCodes(tx, tokenHash, 'address:192.0.2.1')),
    minutesUntilNextCode: async db => {
      await codes.minutesUntilNextCode(db, { by: { tokenHash }, ...limit })
      await codes.minutesUntilNextCode(db, { by: { addressKey: 'address:192.0.2.1' }, ...limit })
      await codes.minutesUntilNextCode(db, { by: { tokenHash, addressKey: 'address:192.0.2.1' }, ...limit })
    },
    insertCode: db =>
      codes.insertCode(db, {
        id: randomUUID(),
        tokenHash,
        codeHash: tokenHash,
        addressKey: 'address:192.0.2.1',
        minutes: 15,
      }),
    hasFreshCode: db =>
      codes.hasFreshCode(db, { tokenHash, addressKey: 'address:192.0.2.1' }, { seconds: 60, maxTries: 5 }),
    countTry: db => codes.countTry(db, { tokenHash, addressKey: 'address:192.0.2.1' }, { here: 5, elsewhere: 3 }),
    useCode: db => codes.useCode(db, idOf(`c${recent}`)),
    deleteOldCodes: db => codes.deleteOldCodes(db),
    countDownloads: db => counts.countDownloads(db, [fileId], person, 5),
    findCounts: db => counts.findCounts(db, [fileId], person),
    insertDeliveries: db => deliveries.insertDeliveries(db, [linkId], 'again'),
    claimDeliveries: db => deliveries.claimDeliveries(db, { limit: 4, retries: 2, lease: deliveries.newLease(900) }),
    claimOldDeliveries: db =>
      deliveries.claimOldDeliveries(db, { limit: 4, hours: 120, lease: deliveries.newLease(900) }),
    endLeases: db => deliveries.endLeases(db, [randomUUID()]),
    renewDelivery: db => deliveries.renewDelivery(db, claimed, 900),
    settleDelivery: db =>
      deliveries.settleDelivery(db, claimed, { state: 'sent', reason: null, reply: '250 ok', toReport: null }),
    postponeDelivery: db => deliveries.postponeDelivery(db, claimed, 60, { reason: 'deferred', reply: '450 later' }),
    findNextDueMilliseconds: db => deliveries.findNextDueMilliseconds(db, true),
    insertDownloads: db =>
      downloads.insertDownloads(db, {
        tickets: [{ id: randomUUID(), fileId }],
        linkId,
        person,
        accountId: null,
        sessionHash,
        zipId: null,
        minutes: 30,
        address: '192.0.2.1',
      }),
    findTicketsOfSession: db => downloads.findTicketsOfSession(db, held),
    findTicketsOfZip: db => downloads.findTicketsOfZip(db, idOf(`zip${recent}`), sessionHash),
    makeZip: db => downloads.makeZip(db, idOf(`zip${recent}`), [ticketId], sessionHash),
    chargeTickets: db => downloads.chargeTickets(db, [{ ticketId, bytes: 1 }], 'kuvert@kommun.example'),
    refundTickets: db => downloads.refundTickets(db, [{ ticketId, bytes: 1 }]),
    markFinished: db => downloads.markFinished(db, [ticketId]),
    giveBackTickets: db => downloads.giveBackTickets(db, [ticketId]),
    giveBackUnusedTickets: db => downloads.giveBackUnusedTickets(db),
    findRevocable: db => endings.findRevocable(db, messageId),
    findRevocableLinks: db => endings.findRevocableLinks(db, messageId),
    revokeMessage: db => endings.revokeMessage(db, messageId, { actor: 'admin:root' }),
    revokeLink: db => endings.revokeLink(db, linkId, { actor: 'admin:root' }),
    findMessagesToRemove: db => endings.findMessagesToRemove(db, 100, []),
    markObjectsRemoved: db => endings.markObjectsRemoved(db, idOf('m1')),
    forgetMessages: db => endings.forgetMessages(db, 29, 10),
    forgetNotices: db => endings.forgetNotices(db, 59, 10),
    findFiles: db => files.findFiles(db, messageId),
    insertLinks: db => links.insertLinks(db, [newLink]),
    findGrant: async db => {
      const browser = { idHashes: [sessionHash], idleMinutes: 30 }
      await grants.findGrant({ db, keyring }, browser, { token: 'a token' })
      await grants.findGrant({ db, keyring }, browser, { ticket: ticketId })
      await grants.findGrant({ db, keyring }, browser, { zip: idOf(`zip${recent}`) })
    },
    findLinksOfMessage: db => links.findLinksOfMessage({ db, keyring }, messageId),
    beginLoginAttempt: db => loginFailures.beginLoginAttempt(db, [{ key: 'account:p1', max: 5 }], 15),
    settleLoginAttempt: db => loginFailures.settleLoginAttempt(db, randomUUID(), 'account:p1'),
    findKnownPlace: db => loginPlaces.findKnownPlace(db, 'account:p1', ['device:x', 'address:192.0.2.1']),
    rememberPlaces: db => loginPlaces.rememberPlaces(db, ['account:p1', 'id:p1'], ['address:192.0.2.1']),
    deleteOldLoginPlaces: db => loginPlaces.deleteOldLoginPlaces(db),
    deleteOldLoginFailures: db => loginFailures.deleteOldLoginFailures(db, 15),
    findMessage: db => messages.findMessage({ db, keyring }, messageId),
    findMessages: db => messages.findMessages({ db, keyring }, [messageId]),
    findSlim: async db => messages.findSlim(db, (await messages.findMessage({ db, keyring }, messageId))!),
    endExpiredMessages: db => messages.endExpiredMessages(db, 500),
    findDeadObjectKeys: db =>
      objects.findDeadObjectKeys(
        db,
        Array.from({ length: 500 }, (_, index) => md5(`o${recent - index}0`)),
      ),
    insertNotice: db =>
      notices.insertNotice({ db, keyring }, { sender: '', recipient: 'p@kommun.example', mail: Buffer.from('x') }),
    claimNotices: db => notices.claimNotices(db, 4, deliveries.newLease(900)),
    endNoticeLeases: db => notices.endNoticeLeases(db, [randomUUID()]),
    renewNotice: db => notices.renewNotice(db, notice, 900),
    settleNotice: db => notices.settleNotice(db, notice, 'sent', '250 ok'),
    postponeNotice: db => notices.postponeNotice(db, notice, 60, '450 later'),
    recordRequests: db => portalAudit.recordRequests(db, [{ action: 'page-shown', ...requested }]),
    recordTickets: db => portalAudit.recordTickets(db, 'ticket', [ticketId]),
    wasEverLogin: db => portalAudit.wasEverLogin(db, 'p1'),
    noteDelays: db => reports.noteDelays(db, { hours: 4, untried: true, limit: 100 }),
    findMessagesToReport: db => reports.findMessagesToReport(db, 10),
    isAnythingUnreported: db => reports.isAnythingUnreported(db),
    findUnreportedDeliveries: db => reports.findUnreportedDeliveries(db, messageId),
    takeReports: db => reports.takeReports(db, [unreported]),
    findSameMail: db => sameMail.findSameMail(db, sameAgain, ['p1@kommun.example']),
    forgetSameMail: db => sameMail.forgetSameMail(db, sameAgain, ['p1@kommun.example']),
    findReceipt: db => receipts.findReceipt(db, randomUUID()),
    findReceived: db =>
      received.findReceived({ db, keyring }, [`r${recent % 20000}@kommun.example`], { before: null, limit: 1 }),
    queueReminders: db =>
      reminders.queueReminders(db, { daysBeforeExpiry: 3, notBelowDays: 7, sender: 'kuvert@kommun.example' }, 200),
    isReminderWanted: db => reminders.isReminderWanted(db, linkId),
    findSent: async db => {
      const keys = sent.senderKeys(`p${recent % 5000}`, [`p${recent % 5000}@kommun.example`])
      await sent.findSent(db, keys, { words: [], before: null, limit: 26 })
      await sent.findSent(db, keys, { words: ['underlag', 'nobody'], before: null, limit: 26 })
    },
    findSentRows: db => sent.findSentRows(db, [messageId]),
    findSentLinks: db => sent.findSentLinks(db, messageId),
    countVisits: db => visits.countVisits(db, [{ tokenHash, person, automatic: false, times: 2 }]),
    findVisits: db => visits.findVisits(db, messageId),
    findFetched: db => sent.findFetched(db, messageId),
    extendMessage: db => sentChanges.extendMessage({ db, keyring }, messageId, new Date('2100-01-01'), changer),
    raiseLimit: db => sentChanges.raiseLimit({ db, keyring }, messageId, 7, changer),
    sendLinkAgain: db => db.transaction(tx => sentChanges.sendLinkAgain(tx, { messageId, linkId }, changer)),
    lockOpenMessage: db => db.transaction(tx => sentChanges.lockOpenMessage({ db: tx, keyring }, messageId)),
    addToSearchText: db => sentChanges.addToSearchText(db, messageId, ['x@y.example']),
    insertSession: db =>
      sessions.insertSession({ db, keyring }, { ...session, idHash: hashOf(randomUUID()), account, linkId: null }),
    findSession: db => sessions.findSession({ db, keyring }, { idHashes: [sessionHash], idleMinutes: 30 }),
    lockSession: db => sessions.lockSession(db, sessionHash),
    touchSession: db => sessions.touchSession(db, sessionHash),
    writeMessage: db => {
      const own = { files: [newFile], links: [{ ...newLink, messageId: newMessage.id }] }
      return writeMessage(db, { message: newMessage, ...own, entry: { action: 'message-sealed' }, lease: null })
    },
    updateSessionAccount: db => sessions.updateSessionAccount({ db, keyring }, session, account),
    deleteSession: db => sessions.deleteSession(db, sessionHash),
    deleteEndedSessions: db => sessions.deleteEndedSessions(db, 30),
  }
}

const changer = { actor: 'account:p1', address: '192.0.2.1' } as const

const newMessage: messages.NewMessage = {
  id: randomUUID(),
  sender: 'p1@kommun.example',
  senderName: 'P',
  senderAccount: null,
  subject: 'S',
  login: 'none',
  max: null,
  private: false,
  receipt: true,
  lang: 'sv',
  expiresAt: new Date(Date.now() + 86_400_000),
  keyId: 'k',
  wrappedKey: Buffer.alloc(60),
  linkKeyId: 'test',
  mac: Buffer.alloc(32),
  copy: 'detach',
  slimObjectKey: randomUUID(),
  slimSizeBytes: 1,
  slimSealed: null,
  slimSlots: [],
  envelopeParameters: [],
}

/** A message that has not ended. */
export function recentMessage(count: number): string {
  return idOf(`m${recentNumber(count)}`)
}

function recentNumber(count: number): number {
  return count - Math.ceil(count / 500)
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex')
}

/** As `md5('…')::uuid` in SQL. */
function idOf(text: string): string {
  return md5(text).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
