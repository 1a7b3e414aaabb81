import { chargeTickets, giveBackTickets, type Charge } from '#database/downloads.ts'
import type { MessageRow } from '#database/messages.ts'
import { Failure } from '#failure.ts'
import type { ByteRange, StoredFile } from '#model.ts'
import type { Chunks } from '#platform/chunks.ts'
import { openPlain } from '#objects/sealed-file.ts'
import type { PortalDeps } from '#portal/server/portal-deps.ts'
import { notificationsFrom } from '#settings/notifications-from.ts'
import { ClientGone } from './write-out.ts'

type Deps = Pick<PortalDeps, 'db' | 'objects' | 'masterKeys' | 'settings'>

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
 * throw, `TICKET_INVALID` if the ticket ended in between or serves no more, and `ClientGone`. Destroying them frees everything.
 */
export async function openFile(deps: Deps, { charge, message, file, range, isGone }: Wanted): Promise<Chunks> {
  return openPaid(deps, { charges: [charge], isGone, open: () => openPlain(deps, message, file, range) })
}

/** Opens something that is paid for by these tickets, as `openFile` does. */
export async function openPaid(
  { db, settings }: Pick<Deps, 'db' | 'settings'>,
  paid: { charges: Charge[]; isGone?: (() => boolean) | undefined; open: () => Promise<Chunks> },
): Promise<Chunks> {
  const source = await paid.open().catch(async (error: unknown) => {
    await giveBackTickets(
      db,
      paid.charges.map(({ ticketId }) => ticketId),
    )
    throw error
  })
  try {
    if (paid.isGone?.()) throw new ClientGone('The client went away.')
    const isPaid = await chargeTickets(db, paid.charges, notificationsFrom(settings))
    if (!isPaid) throw new Failure('TICKET_INVALID')
    return source
  } catch (error) {
    source.destroy()
    throw error
  }
}
