import { simpleParser } from 'mailparser'
import { expect, test } from 'vitest'
import type { CopyFacts } from '#courier/rewrite/copy-facts.ts'
import { copySize } from '#courier/rewrite/rewrite.ts'
import { verifyCopy } from '#courier/rewrite/verify-copy.ts'
import { attachment, copyFacts, url } from '../../support/copy-facts.ts'
import { collect, inChunks, mailFields, writeCopy } from './slim-mail.ts'

const headerSection = Buffer.from(mailFields.replace('MIME-Version: 1.0\r\n', ''))

function writeNotice(facts: CopyFacts): Promise<Buffer> {
  return writeCopy(facts, { bytes: headerSection, slots: [] })
}

const body = { kind: 'body' as const, name: 'text.html', sizeBytes: 900 }

test('a private message shows its subject and nothing else of it', async () => {
  const facts = copyFacts(
    { copy: 'notice', private: true, max: 2 },
    { files: [body, attachment('Uppsägning Karl.pdf')] },
  )
  const mail = await simpleParser(await writeNotice(facts))
  expect(mail.subject).toBe('Inför mötet')
  expect(mail.messageId).toBe('<1@example.org>')
  expect(mail.attachments).toEqual([])
  for (const shown of [mail.text!, mail.html as string]) {
    expect(shown).not.toContain('Karl')
    expect(shown.split(url).length).toBeGreaterThan(1)
  }
  expect(mail.text!.trim()).toBe(`Anna Åkesson har skickat ett skyddat meddelande till dig. Texten och en
fil hämtas hos Exempelkommun på adressen nedan.
Bara ämnesraden syns i det här mejlet.

${url}

Länken är personlig och gäller till och med den 24 december 2026.
Texten och varje fil kan öppnas högst 2 gånger.
Logga in med samma användarnamn och lösenord som till datorn.
Är du osäker på om mejlet är äkta? Fråga Anna Åkesson (anna@example.org)
innan du öppnar länken.`)
})

test.each([
  ['protected', 'en', 'Anna Åkesson has sent you a signed or encrypted mail.'],
  ['protected', 'sv', 'Anna Åkesson har skickat ett signerat eller krypterat mejl till dig.'],
  ['mail', 'en', 'Anna Åkesson has sent you a mail. It is built in an unusual way'],
  ['mail', 'sv', 'Anna Åkesson har skickat ett mejl till dig. Det är uppbyggt på ett ovanligt sätt'],
] as const)('a mail sealed whole is named with its size, and why it is a file: %s, %s', async (kind, lang, why) => {
  const facts = copyFacts({ copy: 'notice', lang }, { files: [{ kind, name: 'message.eml', sizeBytes: 2048 }] })
  const mail = await simpleParser(await writeNotice(facts))
  const text = mail.text!.replace(/\s+/g, ' ')
  expect(text).toContain(why)
  expect(/signe|[ck]rypte/.test(text)).toBe(kind === 'protected')
  expect(text).toContain('- message.eml (2 kB)')
  expect(mail.html).toContain(`href="${url}"`)
})

test.each(['sv', 'en'] as const)('a notice is a valid mail, as long as foretold (%s)', async lang => {
  const facts = copyFacts({ copy: 'notice', lang, slimSizeBytes: headerSection.length })
  const copy = await writeNotice(facts)
  expect(copySize(facts)).toBe(copy.length)
  expect(await collect(verifyCopy(inChunks(copy, 11)))).toEqual(copy)
  expect(copy.toString('latin1')).toMatch(/^[\x20-\x7e\r\n]*$/)
  for (const line of copy.toString().split('\r\n')) expect(line.length).toBeLessThanOrEqual(76)
  expect(copy.subarray(0, headerSection.length)).toEqual(headerSection)
})
