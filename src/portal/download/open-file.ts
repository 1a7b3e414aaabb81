import { unwrapKey } from '#crypto/message-key.ts'
import { chargeTickets, giveBackTickets, type Charge } from '#database/downloads.ts'
import type { MessageRow } from '#database/messages.ts'
import { Failure } from '#failure.ts'
import type { ByteRange, StoredFile } from '#model.ts'
import type { Stretches } from '#objects/byte-source.ts'
import { readSealedFile } from '#objects/sealed-file.ts'
import type { PortalParts } from '#portal/portal-parts.ts'
import { ClientGone } from './write-out.ts'

type Parts = Pick<PortalParts, 'db' | 'objects' | 'masterKeys' | 'settings'>

/** What to open: a file or a range of it, and the ticket that pays for it. */
export interface Wanted {
  charge: Charge
  message: MessageRow
  file: StoredFile
  range?: ByteRange
  /** Whether the client has gone away in the meantime: then nothing is charged, since nothing will be sent. */
  isGone?: () => boolean
}

/**
 * A file's plain bytes, with the first of them decrypted and authenticated, and the ticket charged. If that
 * fails, the ticket is given back at once, unless it was used before. Throws what storage and decryption
 * throw, `TICKET_INVALID` if the ticket ended in between or serves no more, and `ClientGone`. Closing it frees everything.
 */
export async function openFile(parts: Parts, { charge, message, file, range, isGone }: Wanted): Promise<Stretches> {
  return openPaid(parts, { charges: [charge], isGone, open: () => openPlain(parts, message, file, range) })
}

/** Opens something that is paid for by these tickets, as `openFile` does. */
export async function openPaid(
  { db, settings }: Pick<Parts, 'db' | 'settings'>,
  paid: { charges: Charge[]; isGone?: (() => boolean) | undefined; open: () => Promise<Stretches> },
): Promise<Stretches> {
  const source = await paid.open().catch(async (error: unknown) => {
    await giveBackTickets(
      db,
      paid.charges.map(({ ticketId }) => ticketId),
    )
    throw error
  })
  try {
    if (paid.isGone?.()) throw new ClientGone('The client went away.')
    const isPaid = await chargeTickets(db, paid.charges, settings.notificationsFrom)
    if (!isPaid) throw new Failure('TICKET_INVALID')
    return source
  } catch (error) {
    source.close()
    throw error
  }
}

/** A file's plain bytes, or a range of them, with the first of them decrypted and authenticated. */
export async function openPlain(
  { objects, masterKeys }: Pick<Parts, 'objects' | 'masterKeys'>,
  { id, keyId, wrappedKey }: MessageRow,
  { objects: sealed }: Pick<StoredFile, 'objects'>,
  range?: ByteRange,
): Promise<Stretches> {
  // A message that has ended has no key, and is not authorised in the first place.
  if (!wrappedKey) throw new Error(`The message ${id} has no key.`)
  const key = unwrapKey(masterKeys, id, { keyId, wrapped: wrappedKey })
  return withFirst(await readSealedFile(objects, { key, objects: sealed }, range))
}

/** The same, once its first bytes are there or it has ended. Throws its error where it fails before. */
export async function withFirst(source: Stretches): Promise<Stretches> {
  try {
    let first = [await source.next()]
    return {
      next: async () => {
        const [held] = first
        if (held === undefined) return source.next()
        first = []
        return held
      },
      close: () => source.close(),
    }
  } catch (error) {
    source.close()
    throw error
  }
}
