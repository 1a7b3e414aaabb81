import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshDatabase } from '../support/fresh-database.ts'

let database: Awaited<ReturnType<typeof freshDatabase>>
beforeAll(async () => {
  database = await freshDatabase()
  for (const row of rows) await database.db.query(row)
})
afterAll(() => database.drop())

const id = (number: number) => `'00000000-0000-4000-8000-00000000000${number}'::uuid`

/** One row of each table that has a state. */
const rows = [
  `insert into messages (id, sender, sender_name, subject, login, private, receipt, lang, expires_at, key_id, wrapped_key,
     copy, slim_object_key, slim_size_bytes, slim_slots, envelope_parameters, sender_key,
     search_text, link_key_id, mac)
   values (${id(1)}, '', '', '', 'none', false, true, 'en', now(), 'k', '\\x00', 'detach', 'slim', 1, '[]', '{}',
     '', '', 'k', '')`,
  `insert into files (id, message_id, position, kind, media_type, still_encoded, size_bytes, sealed)
   values (${id(2)}, ${id(1)}, 0, 'attachment', 'text/plain', false, 1, '')`,
  `insert into links (id, message_id, recipient, recipient_key, recipient_parameters, is_local, token_hash, link_key_id,
     mac)
   values (${id(3)}, ${id(1)}, 'B@x.example', 'b@x.example', '{}', false, '\\x03', 'k', '')`,
  `insert into objects (key, file_id, position, size_bytes) values ('o', ${id(2)}, 1, 1)`,
  `insert into deliveries (id, link_id) values (${id(4)}, ${id(3)})`,
  `insert into notices (id, sender, recipient, kind, mail, link_key_id) values (${id(5)}, '', 'a', 'mail', '\\x00', 'k')`,
  `insert into downloads (id, file_id, link_id, person_link, session_hash, ends_at, address)
   values (${id(6)}, ${id(2)}, ${id(3)}, ${id(3)}, '', now(), '192.0.2.1')`,
  `insert into counts (file_id, person_link) values (${id(2)}, ${id(3)})`,
]

const secondLink = `
  insert into links (id, message_id, recipient, recipient_key, recipient_parameters, is_local, token_hash, link_key_id,
     mac)
  values (${id(9)}, ${id(1)}, 'b@x.example', 'b@x.example', '{}', false, '\\x09', 'k', '')`

/** A notice that is settled has no mail any more. */
const mailOf = (table: string) => (table === 'notices' ? ', mail = null' : '')

test.each([
  ['messages_ended_without_key', 'update messages set ended_at = now()'],
  ['messages_ended_without_key', 'update messages set wrapped_key = null'],
  ['messages_revoked_ended', 'update messages set revoked = true'],
  ['messages_removed_ended', 'update messages set objects_removed_at = now()'],
  ['messages_login_check', `update messages set login = 'all'`],
  ['messages_max_downloads_check', 'update messages set max_downloads = 0'],
  ['files_kind_check', `update files set kind = 'other'`],
  ['objects_of_one', 'update objects set file_id = null'],
  ['objects_by_file', `insert into objects select 'other', file_id, upload_id, position, 1 from objects`],
  ['links_by_message', secondLink],
  ...['deliveries', 'notices'].flatMap(table => [
    [`${table}_state_check`, `update ${table} set state = 'lost', settled_at = now()${mailOf(table)}`],
    [`${table}_leased_until`, `update ${table} set lease = id`],
    [`${table}_leased_until`, `update ${table} set leased_until = now()`],
    [`${table}_settled_state`, `update ${table} set state = 'sent'${mailOf(table)}`],
    [`${table}_settled_state`, `update ${table} set settled_at = now()`],
    [
      `${table}_leased_queued`,
      `update ${table} set state = 'sent', settled_at = now(), lease = id, leased_until = now()${mailOf(table)}`,
    ],
  ]),
  ['notices_kind_check', `update notices set kind = 'letter', link_key_id = null, mail = null`],
  ['notices_mail_until_settled', 'update notices set mail = null'],
  ['notices_mail_until_settled', `update notices set state = 'sent', settled_at = now()`],
  ['notices_mail_sealed', 'update notices set link_key_id = null'],
  ['notices_reminder', `update notices set reminds_link = ${id(3)}`],
  ['notices_reminder', `update notices set kind = 'reminder', link_key_id = null, mail = null`],
  ['notices_receipt', `update notices set tells_receipt = id`],
  ['notices_receipt', `update notices set kind = 'receipt', link_key_id = null, mail = null`],
  ['deliveries_kind_check', `update deliveries set kind = 'other'`],
  ['deliveries_to_report_check', `update deliveries set to_report = 'other'`],
  ['counts_of_one_person', 'update counts set person_link = null'],
  ['counts_of_one_person', `update counts set person_account = 'anna'`],
  ['counts_by_link', 'insert into counts select * from counts'],
  ['counts_by_account', `insert into counts select file_id, null, 'anna' from counts, generate_series(1, 2)`],
  ['counts_used_check', 'update counts set used = -1'],
  ['downloads_of_one_person', `update downloads set person_account = 'anna'`],
  ['receipts_of_one_person', `insert into receipts (id, message_id, link_id) values (${id(7)}, ${id(1)}, ${id(3)})`],
  ['downloads_finished_begun', 'update downloads set finished_at = now()'],
  ['downloads_given_back_unused', 'update downloads set first_byte_at = now(), given_back_at = now()'],
  ['downloads_sent_bytes_check', 'update downloads set sent_bytes = -1'],
])('%s refuses: %s', async (constraint, statement) => {
  await expect(database.db.query(statement!)).rejects.toMatchObject({ constraint })
})

test('a recipient whose link was withdrawn can have another one', async () => {
  await database.db.query('update links set revoked_at = now()')
  await database.db.query(secondLink)
  await database.db.query(`delete from links where id = ${id(9)}`)
  await database.db.query('update links set revoked_at = null')
})
