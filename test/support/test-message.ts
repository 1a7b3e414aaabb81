import { randomBytes, randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { startDigest, type FileDigest } from '#crypto/file-digest.ts'
import type { Keyring } from '#crypto/keyring.ts'
import { newMessageKey, wrapKey, type MasterKey } from '#crypto/message-key.ts'
import type { Database } from '#database/database.ts'
import { fileRows, sealFile } from '#database/files.ts'
import { insertLinks, newLink, tokenOf } from '#database/links.ts'
import { objectRows } from '#database/objects.ts'
import { messageRow, messageValues } from '#database/messages.ts'
import type { FileKind, Language, Login, StoredFile } from '#model.ts'
import type { Objects } from '#objects/objects.ts'
import { putSealed } from '#objects/sealed-objects.ts'

/** What a test wants of a message; the rest is made up. */
export interface Wanted {
  login: Login
  /** Envelope sender of a mail that came from an MTA; Karin, who has an account, where nothing is said. */
  sender?: string
  /** Addresses; the first is followed where a test says nothing else. */
  recipients?: string[]
  max?: number | null
  subject?: string
  lang?: Language
  expiresAt?: Date
  files?: { name: string; content: Buffer; kind?: FileKind; mediaType?: string; stillEncoded?: boolean }[]
}

export interface TestMessage {
  id: string
  files: StoredFile[]
  /** In the order of the recipients: the link's id, its token, and the path of its page. */
  links: { id: string; recipient: string; token: string; path: string }[]
  /** The path of the first link. */
  path: string
}

const sender = 'Karin Åberg <karin@kommun.example>'

/** Writes a message as the gateway would: sealed files in the object store, and rows. */
export async function insertTestMessage(
  {
    db,
    objects,
    masterKeys,
    keyring,
  }: { db: Database; objects: Objects; masterKeys: readonly MasterKey[]; keyring: Keyring },
  wanted: Wanted,
): Promise<TestMessage> {
  const id = randomUUID()
  const key = newMessageKey()
  const { keyId, wrapped } = wrapKey(masterKeys, id, key)
  const contents = wanted.files ?? [
    { name: 'rapport.pdf', content: Buffer.from('filens bytes'), mediaType: 'application/pdf' },
  ]
  const files: StoredFile[] = []
  for (const [position, { content, ...file }] of contents.entries()) {
    files.push({
      id: randomUUID(),
      kind: file.kind ?? 'attachment',
      position,
      name: file.name,
      mediaType: file.mediaType ?? 'application/octet-stream',
      stillEncoded: file.stillEncoded ?? false,
      sizeBytes: content.length,
      ...digestOf(content),
      objects: [{ key: await seal(objects, key, content), sizeBytes: content.length }],
    })
  }
  const newLinks = (wanted.recipients ?? ['anna@kommun.example']).map(address => {
    const recipient = { address, parameters: [], isLocal: address.endsWith('@kommun.example') }
    return newLink(keyring, recipient, { messageId: id, sameMail: null })
  })
  const links = newLinks.map(link => {
    const token = tokenOf(keyring, link)
    return { id: link.id, recipient: link.recipient, token, path: `/l/${token}` }
  })
  const isPrivate = files.some(file => file.kind === 'body')
  await db.transaction(async tx => {
    const recipients = links.map(link => link.recipient)
    const message = {
      id,
      sender: wanted.sender ?? 'karin@kommun.example',
      senderName: sender,
      senderAccount: wanted.sender === undefined ? 'karin' : null,
      subject: wanted.subject ?? 'Underlag till mötet',
      login: wanted.login,
      max: wanted.max ?? null,
      private: isPrivate,
      receipt: true,
      lang: wanted.lang ?? 'sv',
      expiresAt: wanted.expiresAt ?? new Date(Date.now() + 30 * 86_400_000),
      keyId,
      wrappedKey: wrapped,
      copy: 'detach' as const,
      slimObjectKey: `slim/${randomBytes(16).toString('hex')}`,
      slimSizeBytes: 0,
      slimSealed: null,
      slimSlots: [],
      envelopeParameters: [],
    }
    await tx.query(
      messageRow.insert,
      messageRow.values({ ...message, ...keyring.seal('message', messageValues(message)) }, recipients),
    )
    await tx.query(`with filed as (${fileRows.insert('$1', '$2')}) ${objectRows.insert('$2')}`, [
      id,
      fileRows.values(files.map(file => sealFile(key, file, isPrivate))),
    ])
    await insertLinks(tx, newLinks)
  })
  return { id, files, links, path: links[0]!.path }
}

function digestOf(content: Buffer): FileDigest {
  const digest = startDigest()
  digest.add(content)
  return digest.end()
}

async function seal(objects: Objects, key: Buffer, content: Buffer): Promise<string> {
  const objectKey = randomBytes(16).toString('hex')
  const associatedData = Buffer.from(objectKey, 'utf8')
  await putSealed(objects, { objectKey, sizeBytes: content.length, key, associatedData }, pieces(content))
  return objectKey
}

function pieces(content: Buffer): Readable {
  const size = 256 * 1024
  const count = Math.ceil(content.length / size)
  return Readable.from(Array.from({ length: count }, (_, index) => content.subarray(index * size, (index + 1) * size)))
}
