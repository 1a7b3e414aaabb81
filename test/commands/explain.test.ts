import { expect, test } from 'vitest'
import { attachment, leaf, mail, multipart, usualFields } from '../support/mail-builder.ts'
import { explained, type ToExplain } from '../support/explained.ts'

const text = leaf('Hej!\r\n', { type: 'text/plain; charset=iso-8859-1', encoding: 'quoted-printable' })
const html = leaf('<p>Hej!</p>', { type: 'text/html; charset=utf-8', encoding: 'base64' })
const pdf = attachment('abc', 'Avtal 2026.pdf', 'application/pdf')
const withFile = multipart('mixed', [multipart('alternative', [text, html]), pdf])

/** The usual fields with this subject, and further ones. */
function fields(subject: string, ...more: string[]): string[] {
  return [...usualFields.map(field => field.replace('Report [secure]', subject)), ...more]
}

test('a marked mail is explained from its mark to the answer, in lines that fit a terminal', async () => {
  const { code, lines } = await explained(mail(withFile, fields('=?utf-8?q?=5Bs=C3=A4ker=2C_max_1=5D_M=C3=B6te?=')))
  expect(code).toBe(0)
  expect(lines.filter(line => line.length > 80)).toEqual([])
  const shown = lines.slice(lines.indexOf('To           bo@example.net (as in To and Cc)') + 1)
  const fixed = shown.map(line => line.replace(/20\d\d-\d\d-\d\d \d\d:\d\d/, 'DATE AND TIME   '))
  expect(fixed.join('\n')).toBe(`
MARKED       by the tag in the subject, [säker, max 1]
Subject      Möte (in the copies)

Options
  login      recipients                     default
  max        1                              the subject
  private    no                             default
  expires    DATE AND TIME    (30 days)     default
  receipt    yes                            default
  lang       sv                             default

Parts
  1      multipart/mixed
  1.1    multipart/alternative
  1.1.1  text/plain, iso-8859-1, quoted-printable, 6 bytes
         → kept, with the link block
  1.1.2  text/html, utf-8, base64, 11 bytes
         → kept, with the link block
  1.2    application/pdf, base64, 3 bytes, "Avtal 2026.pdf"
         → becomes file 1, Avtal 2026.pdf

Files
  1: Avtal 2026.pdf
     application/pdf, 3 bytes
     SHA-256 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad

Copies
  The mail without these files, with a link block for each recipient.
    bo@example.net, ${/bo@example\.net, (.*)$/m.exec(fixed.join('\n'))?.[1]}
  Nothing is written; --out FOLDER writes the copies and the files.
  The directory is not asked: the recipients are taken for people who can
  log in.

The client is told
  250 2.0.0 Secured as (the number of the message)`)
})

const rules = [
  { header: { name: 'Sensitivity', pattern: 'company-confidential' }, options: { private: true, max: 2 } },
  { recipient: '*@bank.example', largerThan: '20 MiB', options: { login: 'none' as const } },
  { sender: '*@example.org', recipient: '*@partner.example', options: { lang: 'en' as const } },
]

test.each<[string, string[], ToExplain, string[]]>([
  [
    'the header before the subject',
    fields('[secure max 5] Report', 'X-Kuvert: login=none; max=3'),
    {},
    [
      'MARKED by the header X-Kuvert: login=none; max=3 and by the tag in the subject, [secure max 5]',
      'login none the header',
      'max 3 the header',
      'Subject Report (in the copies)',
    ],
  ],
  [
    'a rule by header',
    fields('Report', 'Sensitivity: Company-Confidential'),
    { settings: { classify: { rules } } },
    [
      'MARKED by rule 1 of the configuration (Sensitivity matches company-confidential)',
      'max 2 rule 1',
      'private yes rule 1',
      'Subject Report',
    ],
  ],
  [
    'a rule by sender and recipient',
    fields('Report'),
    { settings: { classify: { rules } }, to: ['Eva <eva@partner.example>'] },
    [
      'MARKED by rule 3 of the configuration (the sender is *@example.org; a recipient is *@partner.example)',
      'lang en rule 3',
      'To eva@partner.example MARKED',
    ],
  ],
  [
    'a bound and a limit of the configuration',
    fields('[secure] Report'),
    {
      settings: {
        classify: { expiresAtMostDays: 7, bounds: [{ sender: '*@example.org', login: ['locals'] }] },
      },
    },
    ['login locals bound 1', '(7 days) limit expiresAtMostDays'],
  ],
  [
    'a private mail',
    fields('[secure private] Report'),
    {},
    [
      'private yes the subject',
      '1.1.1 text/plain, iso-8859-1, quoted-printable, 6 bytes → sealed in file 1, message.eml',
      '→ becomes file 2, Avtal 2026.pdf',
      '1: message.eml message/rfc822,',
      'the text of the mail, sealed',
      'A notice with the subject and a link, instead of the mail. bo@example.net',
    ],
  ],
  [
    'several recipients who need not log in',
    fields('[secure open] Report'),
    { to: ['eva@example.com', 'bo@example.net'] },
    [
      'To eva@example.com, bo@example.net MARKED',
      'eva@example.com, 3',
      'bo@example.net, 3',
      'writes the copies and the files. The client',
    ],
  ],
])('%s shows in what is said', async (_, header, asked, expected) => {
  const { code, words } = await explained(mail(withFile, header), asked)
  expect(code).toBe(0)
  for (const said of expected) expect(words).toContain(said)
})

test.each<[string, ReturnType<typeof leaf>, string]>([
  [
    'nothing to detach',
    text,
    'The text is sealed although private was not asked for: there is no file, so it is all that can be secured.',
  ],
  [
    'a text that holds a uuencoded file',
    multipart('mixed', [leaf('begin 644 a.txt\r\n#0V%T\r\n`\r\nend\r\n', { type: 'text/plain; charset=utf-8' }), pdf]),
    'The text is sealed although private was not asked for',
  ],
  [
    'broken base64',
    multipart('mixed', [
      text,
      leaf('not*base64', {
        type: 'image/png',
        disposition: 'attachment; filename=a.png',
        fields: ['Content-Transfer-Encoding: base64'],
      }),
    ]),
    'image/png, base64, 10 bytes (does not decode), "a.png" → becomes file 1, a.png',
  ],
  [
    'a signed mail',
    multipart('signed', [text, leaf('sig', { type: 'application/pkcs7-signature' })]),
    'message.eml message/rfc822, 421 bytes: the whole mail, which is signed or encrypted',
  ],
])('what becomes of %s is said', async (_, entity, said) => {
  const { words } = await explained(mail(entity))
  expect(words).toContain(said)
})

test('why the parts of a mail cannot be told is said, and that it is sealed whole', async () => {
  const { code, words } = await explained(
    mail({ ...withFile, fields: [...withFile.fields, 'Content-Type: text/plain'] }),
  )
  expect(code).toBe(0)
  const why = 'because the mail has two Content-Type fields. The mail is sealed whole.'
  expect(words).toContain(`Parts They cannot be told without guessing, ${why} Files 1: message.eml`)
})

test.each([
  [
    'an unknown option',
    mail(withFile, fields('[secure mx=1] Report')),
    {},
    '550 5.7.0 Inte skickat: Kuvert känner inte till valet "mx=1" i ämnet. Menade du "max"? Exempel: [säker, antal=3] ' +
      '550 5.7.0 Not sent: Kuvert does not know the option "mx=1" in the subject. Did you mean "max"? Example: [secure, max=3] ' +
      '(OPTION_UNKNOWN: the sender must change something)',
  ],
  [
    'a near-miss',
    mail(withFile, fields('[secrue] Report')),
    {},
    '550 5.7.0 Inte skickat: "[secrue]" i ämnet liknar märkningen "[secure]". Rätta det, eller ta bort parenteserna. ' +
      '550 5.7.0 Not sent: "[secrue]" in the subject looks like the mark "[secure]". Correct it, or remove the brackets. (MARK_NEARLY:',
  ],
  [
    'a keyword and a colon, where English comes first',
    mail(withFile, fields('Secure: Report')),
    { settings: { language: 'en' as const } },
    '550 5.7.0 Not sent: "Secure:" in the subject looks like the mark "[secure]". Write the word in brackets, or begin with ' +
      'another word. 550 5.7.0 Inte skickat: ',
  ],
  [
    'a mark on a malformed line',
    mail(withFile, fields('Report', 'X-Kuvert=yes')),
    {},
    '550 5.6.0 Inte skickat: mejlet verkar vara märkt, men märkningen går inte att läsa utan att gissa: raden ' +
      '"X-Kuvert=yes" är inget fält i brevhuvudet. Skriv om den, som i [säker, privat] 550 5.6.0 Not sent: ',
  ],
  [
    'a mail that is from two people',
    mail(withFile, fields('[secure] Report', 'From: Eva <eva@example.com>')),
    {},
    '554 5.6.0 Inte skickat: det märkta mejlet går inte att skydda (mejlet har två fält From). ' +
      '554 5.6.0 Not sent: this marked mail cannot be secured, because the mail has two From fields. (MAIL_AMBIGUOUS:',
  ],
  [
    'a line of blanks in the header',
    mail(withFile, fields('[secure] Report', ' \t')),
    {},
    '554 5.6.0 Inte skickat: det märkta mejlet går inte att skydda (ett brevhuvud har en rad med bara blanksteg, under ',
  ],
  [
    'a bare carriage return in the text',
    Buffer.concat([mail(withFile), Buffer.from('a\rb\r\n')]),
    {},
    '550 5.6.11 Not accepted: the mail contains a carriage return or line feed that is not part of CRLF. (LINE_ENDINGS:',
  ],
  [
    'too big a mail',
    mail(withFile),
    { settings: { gateway: { limits: { mailBytes: 100 } } } },
    '552 5.3.4 Not accepted: the mail is larger than 100 bytes. (MAIL_TOO_BIG:',
  ],
  [
    'a signed mail where those are refused',
    mail(multipart('signed', [text, leaf('sig', { type: 'application/pkcs7-signature' })])),
    { settings: { classify: { wholeMails: 'refuse' as const } } },
    '554 5.6.1 Inte skickat: det märkta mejlet går inte att skydda ännu (a digital signature). ' +
      '554 5.6.1 Not sent: this marked mail cannot be secured yet, because it contains a digital signature. (MAIL_UNSUPPORTED:',
  ],
])('%s is refused in the words that its sender hears', async (_, bytes, asked, said) => {
  const { code, words } = await explained(bytes, asked)
  expect(code).toBe(1)
  expect(words).toContain(`REFUSED Nothing of the mail goes anywhere. The client is told ${said}`)
})

test('of a mail that is not marked it is said what was looked for', async () => {
  const { code, words, lines } = await explained(mail(withFile, fields('Report [LIST] (x)', 'Sensitivity: Private')), {
    settings: { classify: { rules } },
    to: ['bo@bank.example'],
  })
  expect(code).toBe(0)
  expect(lines.filter(line => line.length > 80)).toEqual([])
  for (const said of [
    'NOT MARKED It leaves byte for byte as it came, after one Received field.',
    'subject "Report [LIST] (x)" has no tag at its start or end.',
    'Tags are [secure] [säker] [säkert], with options or without. "[LIST]" is none of them, and not nearly one.',
    'header There is no X-Kuvert, and none with nearly that name.',
    'rule 1 Not so: Sensitivity matches company-confidential.',
    'rule 2 Not so: the mail is larger than 20 MB.',
    'rule 3 Not so: a recipient is *@partner.example.',
    'The client is told What the next mail server says: Kuvert only passes it on.',
  ])
    expect(words).toContain(said)
})

test.each([
  ['no subject', ['From: a@example.org'], {}, 'subject There is no subject. Tags are'],
  ['a header that says no', fields('Report', 'X-Kuvert: no'), {}, 'header X-Kuvert says "no": not to be marked.'],
  [
    'near-misses that are switched off',
    fields('[secrue] Report'),
    { settings: { classify: { nearMisses: false } } },
    '"[secrue]" is none of them (near-misses are switched off). header There is no X-Kuvert. rules The configuration has none.',
  ],
  [
    'a rule for a header that is not there',
    fields('Report'),
    { settings: { classify: { rules } } },
    'rule 1 Not so: the mail has the header Sensitivity.',
  ],
])('%s is said of a mail that is not marked', async (_, header, asked, said) => {
  expect((await explained(mail(withFile, header), asked)).words).toContain(said)
})

test('names that would play tricks on a terminal are shown harmless', async () => {
  const evil = attachment('x', 'a\u001b[31m\u202ecod.exe')
  const { lines } = await explained(mail(multipart('mixed', [text, evil]), fields('[secure] \u001b]0;x\u0007')))
  expect(lines.join('\n')).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/)
})

test('a mail 900 parts deep is explained in lines that fit', async () => {
  let entity = multipart('mixed', [text, pdf], { boundary: 'b0' })
  for (let depth = 1; depth < 900; depth += 1) entity = multipart('mixed', [entity], { boundary: `b${depth}.` })
  const { code, lines } = await explained(mail(entity))
  expect(code).toBe(0)
  expect(lines.filter(line => line.length > 80)).toEqual([])
})
