import type { FastifyInstance } from 'fastify'
import { findContacts } from '#database/contacts.ts'
import type { Addressee } from '#directory/directory.ts'
import { matchesWords, wordsOf } from '#directory/matches-text.ts'
import { canonical } from '#mail/address.ts'
import { isFailure } from '#failure.ts'
import { authenticate } from '#portal/login/authenticate.ts'
import type { PortalDeps } from '#portal/server/portal-deps.ts'
import type { Contact } from './read-recipients.ts'
import { queryOf } from '#portal/server/fields-of.ts'

/** Somebody, or a group of one's own, that a message can be addressed to. */
interface Suggestion {
  name: string
  addresses: string[]
}

const mostSuggestions = 8
/** A single letter would find half of the directory. */
const leastForDirectory = 2

/**
 * Whom somebody may mean while they type a recipient: those of their contacts, then of the directory, of whose name or address
 * each word begins one. A script of the page asks; without it, names and addresses are typed whole.
 */
export function serveSuggestions(app: FastifyInstance, deps: PortalDeps): void {
  app.get('/suggestions', async (request, reply) => {
    const account = await (await authenticate(deps, request)).account()
    if (!account) return reply.code(401).send([])
    const { typed } = queryOf(request)
    const text = typeof typed === 'string' ? typed.slice(0, 200).toWellFormed() : ''
    const words = wordsOf(text)
    if (words.length === 0) return []
    const contacts = (await findContacts(deps.db, account.id)).filter(contact => fits(words, contact))
    const sorted = contacts.toSorted((one, other) => one.name.localeCompare(other.name, deps.settings.language))
    const found = text.trim().length < leastForDirectory ? [] : await searchDirectory(deps, text)
    return withoutRepetition([...sorted, ...found]).slice(0, mostSuggestions)
  })
}

function fits(words: string[], { name, addresses }: Contact): boolean {
  return matchesWords(words, { name, others: addresses.map(canonical) })
}

/** Nobody: where the directory is away, there are still one's contacts. */
async function searchDirectory({ directory, log }: PortalDeps, text: string): Promise<Suggestion[]> {
  try {
    return (await directory.search(text, mostSuggestions)).map(suggestionOf)
  } catch (error) {
    if (!isFailure(error, 'DIRECTORY_AWAY')) throw error
    log.warn({ err: error.cause }, 'The directory could not be searched for suggestions')
    return []
  }
}

function suggestionOf({ name, address }: Addressee): Suggestion {
  return { name: name ?? '', addresses: [address] }
}

/** Of a contact and a colleague with the same address, the contact stays: by the name that somebody gave it. */
function withoutRepetition(suggestions: Suggestion[]): Suggestion[] {
  const seen = new Set<string>()
  return suggestions.flatMap(({ name, addresses }) => {
    const [first = ''] = addresses
    if (addresses.length === 1 && seen.has(canonical(first))) return []
    if (addresses.length === 1) seen.add(canonical(first))
    return [{ name, addresses }]
  })
}
