import { expect, test } from 'vitest'
import { pathOf, readSources } from './sources.ts'

/** Functions by the module that exports them, and the files that may call them, with the reason for each. */
interface Guarded {
  functions: Record<string, string[]>
  allowed: Record<string, [calls: string, why: string]>
}

const sources = (await readSources('src')).filter(({ path }) => path.endsWith('.ts'))

const deletes = /\b(?:delete from|truncate)\b|wrapped_key = null/i
const notExported = 'a function that is not exported'

/** A key that is unwrapped, and plain bytes of what was sealed. */
const decrypting: Guarded = {
  functions: {
    'node:crypto': ['createDecipheriv', 'createDecipher'],
    'src/crypto/message-key.ts': ['unwrapKey'],
    'src/crypto/seal-bytes.ts': ['openBytes'],
    'src/crypto/streaming-aead.ts': ['openSegments'],
    'src/objects/sealed-objects.ts': ['openSealed', 'readSealed'],
    'src/objects/sealed-file.ts': ['openPlain', 'openSealedFile', 'readSealedFile'],
    'src/objects/slim-mail.ts': ['openSlim'],
    'src/database/files.ts': ['openFiles'],
  },
  allowed: {
    'src/crypto/seal-bytes.ts': ['createDecipheriv', 'opens what is short'],
    'src/crypto/streaming-aead.ts': ['createDecipheriv', 'opens what is long'],
    'src/crypto/message-key.ts': ['openBytes', 'unwraps the key of a message or a draft'],
    'src/objects/sealed-objects.ts': ['openSegments', 'reads one object'],
    'src/objects/sealed-file.ts': ['unwrapKey readSealed', 'reads the objects of one file'],
    'src/objects/slim-mail.ts': ['openSealed', 'reads a slim mail'],
    'src/database/files.ts': ['openBytes', 'opens name and hashes of a file with the key of its message'],
    'src/database/uploads.ts': ['openBytes', 'opens the name of an upload with the key of its draft'],
    'src/database/notices.ts': ['openBytes', 'opens a queued mail of our own, for the courier'],
    'src/courier/claim/find-copy.ts': ['unwrapKey openFiles', 'writes the copy: names, and the key'],
    'src/courier/deliver-mail.ts': ['openSlim', 'writes the copy from the slim mail'],
    'src/courier/report-deliveries.ts': ['unwrapKey openSlim', 'quotes a mail to its sender'],
    'src/portal/open/authorise-link.ts': [
      'unwrapKey openFiles',
      'authorises: names and hashes for those who may open, no byte of a file',
    ],
    'src/portal/fetch/open-file.ts': ['openPlain', 'counts the fetch: charges the ticket first'],
    'src/portal/fetch/open-zip.ts': ['openPlain', 'counts the fetch: charges each ticket first'],
    'src/portal/sent/sent-message.ts': ['openPlain unwrapKey openSlim', 'serves the sender: the own text'],
    'src/portal/sent/show-sent-view.ts': ['unwrapKey openFiles', 'serves the sender: the names of own files'],
    'src/portal/options/draft-content.ts': ['openBytes', 'serves the sender: the own draft'],
    'src/portal/write/open-draft.ts': ['unwrapKey', 'serves the sender: the own draft'],
    'src/portal/write/digest-upload.ts': ['readSealedFile', 'serves the sender: hashes an upload before it is sent'],
  },
}

/** Objects and rows are deleted by upkeep. The others remove what nobody was promised, or what its owner discards. */
const deleting: Guarded = {
  functions: deletingFunctions(),
  allowed: {
    'src/upkeep/expire/expire.ts': ['endExpiredMessages', 'upkeep'],
    'src/upkeep/forget/forget.ts': ['forgetMessages forgetNotices', 'upkeep'],
    'src/upkeep/remove/remove.ts': ['markObjectsRemoved', 'upkeep'],
    'src/upkeep/tidy/tidy.ts': [
      'deleteOldCodes deleteOldDrafts deleteOldLoginFailures deleteOldLoginPlaces deleteEndedSessions',
      'upkeep',
    ],
    'src/commands/revoke.ts': ['revokeMessage', 'an admin withdraws a message: its key is forgotten'],
    'src/portal/sent/sent-message-change.ts': ['revokeMessage', 'the sender withdraws a message'],
    'src/portal/write/drafts.ts': ['discardDraft deleteDraft', 'the author discards a draft, and for good'],
    'src/portal/write/send-message.ts': ['deleteDraft', 'the draft has become a message'],
    'src/portal/write/new.ts': ['discardDraft deleteUpload', 'the author discards a draft, or removes a file from it'],
    'src/portal/write/new-draft-files.ts': ['deleteUpload', 'the author removes a file from a draft'],
    'src/portal/write/store-form-file.ts': ['deleteUpload', 'a file that came in part is no file'],
    'src/portal/account/account-contacts.ts': ['deleteContact', 'the owner deletes a contact'],
    'src/portal/login/session.ts': ['deleteSession', 'logs out, and ends a session that a login replaces'],
    'src/portal/login/authenticate.ts': ['deleteSession', 'the account of a session is gone'],
    'src/directory/throttled-login.ts': [
      'beginLoginAttempt settleLoginAttempt',
      'failed logins count for a while, and not after a right one',
    ],
  },
}

/** A failure becomes an answer to a peer at the two edges only. */
const translating: Guarded = {
  functions: {
    'src/failure.ts': ['failures'],
    'src/gateway/accept/smtp-reply.ts': ['replyFor', 'replyForError', 'sentencesFor'],
    'src/portal/failure-pages.ts': ['replyWithFailure'],
  },
  allowed: {
    'src/gateway/accept/smtp-reply.ts': ['failures', 'the edge of SMTP'],
    'src/gateway/accept/accept-connection.ts': ['replyFor', 'refuses a connection before it has a session'],
    'src/gateway/commands/answer-command.ts': ['replyFor replyForError', 'answers a command'],
    'src/gateway/commands/conversation.ts': ['replyFor', 'says goodbye, or that Kuvert is stopped'],
    'src/gateway/commands/receive-mail.ts': ['replyFor replyForError', 'answers DATA'],
    'src/portal/failure-pages.ts': ['failures', 'the edge of HTTP'],
    'src/portal/portal.ts': ['replyWithFailure', 'sets the one error handler of HTTP'],
    'src/portal/write/new-draft-files.ts': ['failures', 'uploads have clients of their own, which show no page'],
    'src/commands/explain/show-answer.ts': ['replyFor sentencesFor', 'shows an admin what SMTP would answer'],
  },
}

test.each(Object.entries({ decrypting, deleting, translating }))(
  '%s: only the named files call these functions, and no others of them',
  (_, { functions, allowed }) => {
    const found = sources.flatMap(({ path, text }) => {
      const calls = importedFrom(path, text, functions)
      return calls.length > 0 ? [[path, calls]] : []
    })
    const listed = Object.entries(allowed).map(([path, [calls]]) => [path, calls.split(' ').toSorted()])
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(listed))
  },
)

test('each file of the portal that decrypts counts the fetch, serves the sender, or authorises', () => {
  const portal = Object.entries(decrypting.allowed).filter(([path]) => path.startsWith('src/portal/'))
  const known = /^(counts the fetch|serves the sender|authorises): /
  expect(portal.filter(([, [, why]]) => !known.test(why))).toEqual([])
})

test('the files that export guarded functions exist, and so do the functions', () => {
  const missing = [decrypting, deleting, translating].flatMap(({ functions }) =>
    Object.entries(functions).flatMap(([path, names]) => {
      const text = sources.find(source => source.path === path)?.text ?? ''
      const isThere = (name: string) => new RegExp(`^export (async )?(function|const|type) ${name}\\b`, 'm').test(text)
      return path.startsWith('src/') ? names.filter(name => !isThere(name)) : []
    }),
  )
  expect(missing).toEqual([])
})

test('objects are removed by upkeep, and by those who stored what is not needed after all', () => {
  const removing = sources
    .filter(({ text }) => /\bobjects\??\.remove\b|\{[^}]*\bremove\b[^}]*\}(: Objects| = \w*objects)/.test(text))
    .map(({ path }) => path)
  expect(removing).toEqual([
    // The message was not committed, or a part of it could not be stored: what was stored is not needed.
    'src/seal/store/store.ts',
    'src/upkeep/object-remover.ts',
  ])
})

test('SQL that deletes is written in src/database only, in functions that are exported', () => {
  const elsewhere = sources.filter(({ path, text }) => !path.startsWith('src/database/') && deletes.test(text))
  expect(elsewhere.map(({ path }) => path)).toEqual([])
  expect(Object.values(deleting.functions).flat()).not.toContain(notExported)
})

test('the sentence of a failure is chosen at the edge of SMTP', () => {
  const telling = sources.filter(({ text }) => /\.tellIn\b/.test(text)).map(({ path }) => path)
  expect(telling).toEqual(['src/gateway/accept/smtp-reply.ts'])
})

test('what a browser sent is read in one place', () => {
  const reading = sources.filter(({ text }) => /\brequest\.(body(?! =)|query)\b/.test(text)).map(({ path }) => path)
  // The body of an upload is a stream of bytes.
  expect(reading).toEqual(['src/portal/server/fields-of.ts', 'src/portal/write/new-draft-files.ts'])
})

test('bytes have two shapes: MailSource and Chunks', () => {
  const streaming = /\b(extends AsyncIterable<Buffer>|next\([^)]*\): Promise<Buffer|fill\(memory: Buffer\))/
  const others = sources.filter(({ text }) => streaming.test(text)).map(({ path }) => path)
  // The storage fills memory that it is given, and reads ahead, and keeps both to itself.
  expect(others).toEqual(['src/objects/byte-source.ts', 'src/objects/read-ahead.ts', 'src/platform/chunks.ts'])
  const users = sources.filter(({ text }) => text.includes("/byte-source.ts'")).map(({ path }) => path)
  expect(users.filter(path => !path.startsWith('src/objects/'))).toEqual([])
})

test('HTML is escaped in one place', () => {
  const escaping = sources
    .filter(({ text }) => text.includes("'&lt;'") || text.includes('`&#${character'))
    .map(({ path }) => path)
  // Of mails that are shown, entities are read as well.
  expect(escaping).toEqual(['src/portal/view/text-of-html.ts', 'src/texts/escape-html.ts'])
})

test('how a day is written is known in one place', () => {
  const knowing = sources.filter(({ text }) => text.includes(String.raw`/^\d{4}-\d{2}-\d{2}$/`))
  expect(knowing.map(({ path }) => path)).toEqual(['src/options/expiry.ts'])
  expect(knowing[0]?.text.split(String.raw`\d{4}-\d{2}-\d{2}`)).toHaveLength(2)
})

/** What of the guarded functions a file imports, in order. A module that is imported whole, or at run time, is `*`. */
function importedFrom(path: string, text: string, functions: Guarded['functions']): string[] {
  const named = [...text.matchAll(/^import\s+([^'"]*?)\s+from\s+'([^']+)'/gm)].flatMap(([, clause, name]) => {
    const [, before = '', names = ''] = /^([^{]*)(?:\{([^}]*)\})?$/.exec(clause!) ?? []
    const guarded = functions[pathOf(path, name!)] ?? []
    if (guarded.length > 0 && !/^(?:type )?$/.test(before)) return ['*']
    return guarded.filter(each => new RegExp(`\\b${each}\\b`).test(names))
  })
  const atRunTime = [...text.matchAll(/\bimport\(\s*'([^']+)'/g)].some(([, name]) => functions[pathOf(path, name!)])
  return [...named, ...(atRunTime ? ['*'] : [])].toSorted()
}

/** Of each file of the database, the functions whose SQL deletes rows, or forgets the key of a message. */
function deletingFunctions(): Guarded['functions'] {
  const found = sources.map(({ path, text }) => {
    const declarations = text.split(/^(?=export |(?:async )?function |const |interface |type )/m)
    const names = declarations
      .filter(declaration => deletes.test(declaration))
      .map(declaration => /^export (?:async )?function (\w+)/.exec(declaration)?.[1] ?? notExported)
    return [path, names] as const
  })
  return Object.fromEntries(found.filter(([path, names]) => path.startsWith('src/database/') && names.length > 0))
}
