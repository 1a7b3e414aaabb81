import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { unwrapKey } from '#crypto/message-key.ts'
import { giveBackTicket, markFirstByte } from '#database/downloads.ts'
import type { MessageRow } from '#database/messages.ts'
import { Failure } from '#failure.ts'
import type { ByteRange, StoredFile } from '#model.ts'
import { openSealed } from '#objects/sealed-objects.ts'
import type { PortalParts } from '#portal/portal-parts.ts'

type Parts = Pick<PortalParts, 'db' | 'objects' | 'masterKeys'>

/** What to open: a file or a range of it, and the ticket that pays for it. */
export interface Wanted {
  ticketId: string
  message: MessageRow
  file: StoredFile
  range?: ByteRange
}

/**
 * A file's plain bytes, with the first of them decrypted and authenticated, and the ticket noted as used. Where that
 * fails, the ticket is given back at once, unless it was used before. Throws what storage and decryption
 * throw, and `TICKET_INVALID` where the ticket ended in between. Destroying the stream frees everything.
 */
export async function openFile(parts: Parts, { ticketId, message, file, range }: Wanted): Promise<Readable> {
  const source = await openToFirstByte(parts, message, file, range).catch(async (error: unknown) => {
    await giveBackTicket(parts.db, ticketId)
    throw error
  })
  try {
    if (!(await markFirstByte(parts.db, ticketId))) throw new Failure('TICKET_INVALID')
    return source
  } catch (error) {
    source.destroy()
    throw error
  }
}

async function openToFirstByte(
  { objects, masterKeys }: Parts,
  { id, keyId, wrappedKey }: MessageRow,
  { objectKey, sizeBytes }: StoredFile,
  range: ByteRange | undefined,
): Promise<Readable> {
  // A message that has ended has no key, and is not authorised in the first place.
  if (!wrappedKey) throw new Error(`The message ${id} has no key.`)
  const key = unwrapKey(masterKeys, id, { keyId, wrapped: wrappedKey })
  const sealed = { objectKey, sizeBytes, key, associatedData: Buffer.from(objectKey, 'utf8') }
  const source = await openSealed(objects, sealed, range)
  try {
    // Also said of an empty file, at its end.
    await once(source, 'readable')
    return source
  } catch (error) {
    source.destroy()
    throw error
  }
}
