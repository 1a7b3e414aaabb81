import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestKuvert, type TestKuvert } from '../../support/kuvert.ts'
import { openBrowser, openLoggedIn } from '../../support/browser.ts'
import { alter } from '../../support/keyring.ts'

let kuvert: TestKuvert
beforeAll(async () => {
  kuvert = await startTestKuvert({}, ['portal'])
})
afterAll(() => kuvert.close())

const staff = (login: string) => openLoggedIn(kuvert.portalUrl, login)

/** Sends a message from Anna, and returns its id. */
async function sent(fields: Record<string, string>): Promise<string> {
  const anna = await staff('anna')
  const id = randomUUID()
  const usual = { subject: 'Hej', text: 'Text', private: 'yes', 'login-kind': 'recipients', do: 'send-anyway' }
  expect((await anna.post(`/new/${id}`, { ...usual, ...fields })).status).toBe(303)
  return id
}

async function listOf(login: string, query = ''): Promise<string> {
  return (await (await staff(login)).get(`/received${query}`)).text()
}

test('messages to any of one’s addresses are listed, and nobody else’s', async () => {
  await sent({ to: 'bertil@kommun.example', subject: 'Till Bertil' })
  await sent({ to: 'cecilia@kommun.example', subject: 'Till Cecilia' })
  await sent({ to: 'A.Akesson@kommun.example', subject: 'Till Annas andra adress' })
  expect(await listOf('bertil')).toContain('Till Bertil')
  expect(await listOf('bertil')).not.toContain('Till Cecilia')
  const annas = await listOf('anna')
  expect(annas).toContain('Till Annas andra adress')
  expect(annas).toContain('A.Akesson@kommun.example')
})

test('a message opens from the list, and says what is left of it', async () => {
  await sent({ to: 'cecilia@kommun.example', subject: 'Två gånger', max: '2' })
  const cecilia = await staff('cecilia')
  const entry = async () => {
    const page = await (await cecilia.get('/received')).text()
    return page.split('<li>').find(item => item.includes('Två gånger'))!
  }
  const before = await entry()
  expect(before).toContain('Inte öppnat')
  expect(before).toContain('2 av 2 hämtningar kvar')
  const path = /href="(\/l\/[^"]+)"/.exec(before)![1]!
  expect((await cecilia.get(path)).status).toBe(200)
  const asked = await cecilia.post(`${path}/text`)
  expect(asked.status).toBe(303)
  expect(await entry()).toMatch(/Öppnat[\s\S]*1 av 2 hämtningar kvar/)
})

test('a message that was withdrawn is said to be, and leads nowhere', async () => {
  const id = await sent({ to: 'bertil@kommun.example', subject: 'Återkallas' })
  const { revokeMessage } = await import('#database/endings.ts')
  await revokeMessage(kuvert.deps.db, id, { actor: 'admin:root' })
  const entry = (await listOf('bertil')).split('<li>').find(item => item.includes('Återkallas'))!
  expect(entry).toContain('Återkallat av avsändaren')
  expect(entry).not.toContain('/l/')
})

test('a long list has pages, on which each message stands once', async () => {
  await kuvert.deps.db.query(
    `insert into messages (id, sender, sender_name, subject, login, private, receipt, lang, expires_at, key_id, wrapped_key, copy,
       slim_object_key, slim_size_bytes, slim_slots, envelope_parameters, search_text, sender_key, link_key_id, mac)
     select gen_random_uuid(), 'x@y.example', 'X <x@y.example>', 'Lång lista ' || n, 'recipients', false, false, 'sv',
       now() + interval '1 day', 'k', '\\x00', 'detach', 'k' || n, 0, '[]', '{}', '', 'x@y.example', '', '' from generate_series(1, 60) as n`,
  )
  await alter(
    kuvert.deps,
    `insert into links (id, message_id, recipient, recipient_key, recipient_parameters, is_local, token_hash, link_key_id, mac)
     select gen_random_uuid(), id, 'bertil@kommun.example', 'bertil@kommun.example', '{}', true, sha256(id::text::bytea), '', ''
     from messages where subject like 'Lång lista %'`,
  )
  const seen: string[] = []
  const bertil = await staff('bertil')
  for (let path: string | undefined = '/received'; path !== undefined;) {
    const page: string = await (await bertil.get(path)).text()
    seen.push(...[...page.matchAll(/Lång lista \d+/g)].map(([found]) => found))
    path = /href="(\/received\?before=[^"]+)" rel="next"/.exec(page)?.[1]
  }
  expect(seen).toHaveLength(60)
  expect(new Set(seen).size).toBe(60)
})

test('without a login there is no list', async () => {
  const answer = await openBrowser(kuvert.portalUrl).get('/received')
  expect(answer.status).toBe(403)
  expect(await answer.text()).toContain('name="to" value="/received"')
})
