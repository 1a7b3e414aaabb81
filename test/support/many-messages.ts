import type { Queryable } from '#database/database.ts'

/**
 * Fills an empty, migrated database with so many messages and all that belongs to them, written by SQL: two months of
 * mail, half of it ended and removed (made with a link key of its own), a few that end now, a few copies queued; and as much audit. Ids are made of numbers
 * (`md5('m1')`), so that a test can name them.
 */
export async function fillWithMessages(db: Queryable, count: number): Promise<void> {
  const numbers = `(select i, now() - make_interval(secs => (${count} - i) * 5184000.0 / ${count}) as at
    from generate_series(1, ${count}) as i) as numbers`
  const parts = 'generate_series(0, i % 2) as part'
  const linkKey = `case when i < ${count / 2} then 'retired' else 'test' end`
  const few = count - Math.ceil(count / 1000)
  const steps = [
    `insert into messages (id, created_at, sender, sender_name, sender_account, subject, login, private, receipt, lang,
       expires_at, ended_at, objects_removed_at, reminded_at, key_id, wrapped_key, copy, slim_object_key, slim_size_bytes, slim_slots,
       envelope_parameters, sender_key, search_text, link_key_id, mac)
     select md5('m' || i)::uuid, at, 'p' || i % 5000 || '@kommun.example', 'P <p' || i % 5000 || '@kommun.example>', 'p' || i % 5000,
       'Underlag ' || i, 'recipients', false, true, 'sv', expires_at, ended_at, ended_at,
       case when expires_at < now() + interval '71 hours' then now() end, 'k', case when ended_at is null then '\\x00'::bytea end,
       'detach', md5('slim' || i), 4000, '[]', '{}', 'p' || i % 5000 || '@kommun.example', 'underlag ' || i, ${linkKey}, ''
     from (select *, at + interval '30 days' as expires_at,
       case when at + interval '30 days' < now() - interval '1 minute' then at + interval '30 days' end as ended_at from ${numbers}) as all_of_them`,
    `insert into files (id, message_id, position, kind, name, media_type, still_encoded, size_bytes, sealed)
     select md5('f' || i || part)::uuid, md5('m' || i)::uuid, part, 'attachment', i || '.pdf', 'application/pdf', false, 1000, ''
     from ${numbers}, ${parts}`,
    `insert into objects (key, file_id, position, size_bytes)
     select md5('o' || i || part), md5('f' || i || part)::uuid, 1, 1000 from ${numbers}, ${parts}`,
    `insert into links (id, message_id, recipient, recipient_key, recipient_parameters, is_local, token_hash, same_mail, link_key_id, mac, created_at)
     select md5('l' || i || part)::uuid, md5('m' || i)::uuid, 'r' || (i + part) % 20000 || '@kommun.example', 'r' || (i + part) % 20000 || '@kommun.example',
       '{}', true, sha256(convert_to('t' || i || part, 'UTF8')), sha256(convert_to('mail' || i || part, 'UTF8')), ${linkKey}, '', at from ${numbers}, ${parts}`,
    `insert into deliveries (id, link_id, state, attempts, created_at, next_attempt_at, settled_at)
     select md5('d' || i || part)::uuid, md5('l' || i || part)::uuid, case when i > ${few} then 'queued' else 'sent' end, 1, at, at,
       case when i <= ${few} then at end from ${numbers}, ${parts}`,
    `insert into downloads (id, file_id, link_id, person_link, session_hash, asked_at, ends_at, first_byte_at, address, zip_id)
     select md5('ticket' || i)::uuid, md5('f' || i || '0')::uuid, md5('l' || i || '0')::uuid, md5('l' || i || '0')::uuid,
       sha256(convert_to('s' || i / 3, 'UTF8')), at, at + interval '30 minutes', case when i <= ${few} then at end, '192.0.2.1',
       md5('zip' || i)::uuid from ${numbers}`,
    `insert into counts select md5('f' || i || '0')::uuid, md5('l' || i || '0')::uuid, null, 1 from ${numbers}`,
    `insert into visits select md5('m' || i)::uuid, 'link:' || md5('l' || i || '0')::uuid, false, 1, at, at from ${numbers}`,
    `insert into sessions (id_hash, account_id, account_name, last_seen_at, link_key_id, mac, ends_at)
     select sha256(convert_to('s' || i, 'UTF8')), 'p' || i % 5000, 'P', now() - i % 1800 * interval '1 second', 'test', '', now() + (i % 43200 + 1) * interval '1 second'
     from generate_series(1, ${Math.ceil(count / 3)}) as i`,
    `insert into codes (id, token_hash, code_hash, address_key, asked_at, ends_at)
     select md5('c' || i)::uuid, sha256(convert_to('t' || i || '0', 'UTF8')), '\\x00', 'address:192.0.2.' || i % 250, at, at + interval '15 minutes'
     from (select i, now() - make_interval(secs => i * 86400.0 / ${count}) as at from generate_series(1, ${count}) as i) as asked`,
    `insert into login_failures select md5('try' || i)::uuid, 'account:p' || i % 5000, now() - i % 899 * interval '1 second' from ${numbers}`,
    `insert into login_places select 'account:p' || i % 5000, 'address:192.0.2.' || i, now() - i % 5183999 * interval '1 second' from ${numbers}`,
    `insert into notices (id, sender, recipient, kind, mail, state, link_key_id, next_attempt_at, settled_at)
     select md5('n' || i)::uuid, '', 'p@kommun.example', 'mail', case when i > ${few} then '\\x00'::bytea end,
       case when i > ${few} then 'queued' else 'sent' end, ${linkKey}, at,
       case when i <= ${few} then at end from ${numbers}`,
    'alter table audit_entries disable trigger user',
    `insert into persons (id, kind, name, salt)
     select md5(kind || i), kind, 'p' || i, '' from generate_series(0, 4999) as i, unnest(array['account', 'login']) as kind`,
    `insert into audit_entries (id, at, action, actor, message_id, address, details)
     select i, at, (array['message-sealed', 'copy-delivered', 'page-shown', 'ticket', 'login'])[1 + i % 5],
       'account:' || md5('account' || i % 5000), md5('m' || i)::uuid, '192.0.2.1',
       jsonb_build_object('login', md5('login' || i % 5000)) from ${numbers}`,
    `insert into audit_chain select i, i, sha256(int4send(i - 1)), sha256(int4send(i)) from ${numbers} where i <= ${few}`,
    `insert into audit_unchained select i from ${numbers} where i > ${few}`,
    `select setval('audit_entry_ids', ${count})`,
    'alter table audit_entries enable always trigger audit_entries_are_kept',
    'alter table audit_entries enable always trigger audit_entries_are_entered',
  ]
  for (const step of steps) await db.query(step)
  await db.query('vacuum analyze')
}
