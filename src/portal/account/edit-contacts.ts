import type { FastifyInstance } from 'fastify'
import { buffer } from 'node:stream/consumers'
import {
  deleteContact,
  findContacts,
  insertContacts,
  updateAddresses,
  updateContact,
  type ContactRow,
} from '#database/contacts.ts'
import { checkContact, type TypedContact } from './check-contact.ts'
import { planImport } from './plan-import.ts'
import { readCsv } from './read-csv.ts'
import { isVcards, readVcards } from './read-vcards.ts'
import { writeCsv, writeVcards } from './write-contacts.ts'
import { requireAccount } from '#portal/login/require-account.ts'
import { readForm } from '#portal/server/read-form.ts'
import { maxContacts, maxFileBytes } from './contact-problem.ts'
import { showAccount } from './edit-account.ts'
import { visitorsLanguage } from '#portal/server/language.ts'
import type { PortalParts } from '#portal/server/portal-parts.ts'
import type { PageParts } from '#portal/server/show-page.ts'
import { uuid } from '#platform/uuid.ts'

/** Names and addresses of some hundred people. */
const bodyLimit = 256 * 1024
/** Of those that an import left out. */
const mostNamesShown = 20

/** Contacts: adding, changing and removing them, and bringing them from and to other programs. */
export function serveContacts(app: FastifyInstance, parts: PortalParts & PageParts): void {
  const { db } = parts

  app.post('/account/contacts', { bodyLimit }, async (request, reply) => {
    const account = await requireAccount(parts, request, reply)
    const form = (request.body ?? {}) as Record<string, string | undefined>
    const id = uuid.test(String(form['id'])) ? String(form['id']) : null
    const typed = { name: String(form['name'] ?? ''), addresses: String(form['addresses'] ?? '') }
    if (form['do'] === 'remove') {
      if (id !== null) await deleteContact(db, account.id, id)
      return reply.redirect('/account?saved', 303)
    }
    const { contact, problems } = checkContact(typed)
    const existing = await findContacts(db, account.id)
    if (id === null && existing.length >= maxContacts)
      problems.push({ field: 'name', what: 'too many contacts', atMost: maxContacts })
    if (problems.length === 0 && !(await keep(contact, id)))
      problems.push({ field: 'name', what: 'name is taken', name: contact.name })
    if (problems.length > 0) {
      return showAccount(parts, { request, reply, account }, { refused: { ...typed, problems } })
    }
    return reply.redirect('/account?saved', 303)

    async function keep(kept: Omit<ContactRow, 'id'>, changed: string | null): Promise<boolean> {
      if (changed !== null) return updateContact(db, account.id, { id: changed, ...kept })
      return (await insertContacts(db, account.id, [kept])) === 1
    }
  })
}

/** Contacts from another program, and for one. */
export function serveContactFiles(app: FastifyInstance, parts: PortalParts & PageParts): void {
  const { db } = parts

  app.post('/account/import', async (request, reply) => {
    const account = await requireAccount(parts, request, reply)
    let bytes: Buffer | null = null
    await readForm(request, async file => {
      bytes = await buffer(limited(file.bytes))
    })
    // Nothing was chosen, or it did not come along when somebody had to log in again.
    if (bytes === null) return reply.redirect('/account#import', 303)
    const typed = await readContacts(bytes)
    if (typed === 'too much') return showAccount(parts, { request, reply, account }, { imported: typed })
    if (typed === null || typed.length === 0) {
      return showAccount(parts, { request, reply, account }, { imported: 'unreadable' })
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
    return showAccount(parts, { request, reply, account }, { imported })
  })

  app.get('/account/contacts.vcf', async (request, reply) => {
    const account = await requireAccount(parts, request, reply)
    const text = writeVcards(await findContacts(db, account.id))
    return reply
      .type('text/vcard; charset=utf-8')
      .header('Content-Disposition', 'attachment; filename="contacts.vcf"')
      .send(text)
  })

  app.get('/account/contacts.csv', async (request, reply) => {
    const account = await requireAccount(parts, request, reply)
    const language = visitorsLanguage(request) ?? parts.settings.language
    const text = writeCsv(await findContacts(db, account.id), language)
    return reply
      .type('text/csv; charset=utf-8')
      .header('Content-Disposition', 'attachment; filename="contacts.csv"')
      .send(text)
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
