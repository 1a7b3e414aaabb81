import type { FastifyInstance } from 'fastify'
import { buffer } from 'node:stream/consumers'
import { findContacts, insertContacts, updateAddresses } from '#database/contacts.ts'
import type { TypedContact } from './check-contact.ts'
import { planImport } from './plan-import.ts'
import { readCsv } from './read-csv.ts'
import { isVcards, readVcards } from './read-vcards.ts'
import { requireAccount } from '#portal/login/require-account.ts'
import { readForm } from '#portal/server/read-form.ts'
import { maxFileBytes } from './contact-problem.ts'
import { showAccount } from './account.ts'
import type { PortalDeps } from '#portal/server/portal-deps.ts'
import type { PageDeps } from '#portal/server/show-page.ts'

/** Of those that an import left out. */
const mostNamesShown = 20

/** Contacts from another program. */
export function serveAccountImport(app: FastifyInstance, deps: PortalDeps & PageDeps): void {
  const { db } = deps

  app.post('/account/import', async (request, reply) => {
    const account = await requireAccount(deps, request, reply)
    let bytes: Buffer | null = null
    await readForm(request, async file => {
      bytes = await buffer(limited(file.bytes))
    })
    // Nothing was chosen, or it did not come along when somebody had to log in again.
    if (bytes === null) return reply.redirect('/account#import', 303)
    const typed = await readContacts(bytes)
    if (typed === 'too much') return showAccount(deps, { request, reply, account }, { imported: typed })
    if (typed === null || typed.length === 0) {
      return showAccount(deps, { request, reply, account }, { imported: 'unreadable' })
    }
    const plan = await planImport(typed, await findContacts(db, account.id))
    await db.transaction(async tx => {
      await insertContacts(tx, account.id, plan.added)
      await updateAddresses(tx, account.id, plan.changed)
    })
    const { added, changed, unchanged, skipped } = plan
    const names = skipped.slice(0, mostNamesShown).map(each => each.name.slice(0, 200))
    const counts = { added: added.length, changed: changed.length, unchanged, left: skipped.length }
    const imported = { ...counts, skipped: names }
    return showAccount(deps, { request, reply, account }, { imported })
  })
}

async function readContacts(bytes: Buffer): Promise<TypedContact[] | null | 'too much'> {
  if (bytes.length > maxFileBytes) return 'too much'
  return isVcards(bytes) ? readVcards(bytes) : readCsv(bytes)
}

/** A file that is larger than contacts are is read to its end, but only kept until it is too large. */
async function* limited(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let bytes = 0
  for await (const chunk of source) {
    if (bytes <= maxFileBytes) yield chunk
    bytes += chunk.length
  }
}
