import type { FastifyInstance } from 'fastify'
import { deleteContact, findContacts, insertContacts, updateContact, type ContactRow } from '#database/contacts.ts'
import { checkContact } from './check-contact.ts'
import { writeCsv, writeVcards } from './write-contacts.ts'
import { requireAccount } from '#portal/login/require-account.ts'
import { maxContacts } from './contact-problem.ts'
import { showAccount } from './account.ts'
import { visitorsLanguage } from '#portal/server/language.ts'
import type { PortalDeps } from '#portal/server/portal-deps.ts'
import type { PageDeps } from '#portal/server/show-page.ts'
import { uuid } from '#platform/uuid.ts'
import { formOf } from '#portal/server/fields-of.ts'

/** Names and addresses of some hundred people. */
const bodyLimit = 256 * 1024

/** Contacts: adding, changing and removing them, and a file of them for other programs. */
export function serveAccountContacts(app: FastifyInstance, deps: PortalDeps & PageDeps): void {
  const { db } = deps

  app.post('/account/contacts', { bodyLimit }, async (request, reply) => {
    const account = await requireAccount(deps, request, reply)
    const form = formOf(request)
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
      return showAccount(deps, { request, reply, account }, { refused: { ...typed, problems } })
    }
    return reply.redirect('/account?saved', 303)

    async function keep(kept: Omit<ContactRow, 'id'>, changed: string | null): Promise<boolean> {
      if (changed !== null) return updateContact(db, account.id, { id: changed, ...kept })
      return (await insertContacts(db, account.id, [kept])) === 1
    }
  })

  app.get('/account/contacts.vcf', async (request, reply) => {
    const account = await requireAccount(deps, request, reply)
    const text = writeVcards(await findContacts(db, account.id))
    return reply
      .type('text/vcard; charset=utf-8')
      .header('Content-Disposition', 'attachment; filename="contacts.vcf"')
      .send(text)
  })

  app.get('/account/contacts.csv', async (request, reply) => {
    const account = await requireAccount(deps, request, reply)
    const language = visitorsLanguage(request) ?? deps.settings.language
    const text = writeCsv(await findContacts(db, account.id), language)
    return reply
      .type('text/csv; charset=utf-8')
      .header('Content-Disposition', 'attachment; filename="contacts.csv"')
      .send(text)
  })
}
