import { expect, test } from 'vitest'
import { classifySubject, marked, refusal } from '../../support/arrive.ts'

const slips = `
  secrue seucre escure secuer sceure secur secre seure scure ecure ssecure seecure seccure secuure securre securee söker sake
  secute secyre sexure swcure aecure sevure secire secuer säkr säkre sker äker säkker ssäker säkeer säkerr säkwr
  sälker zäker säkee säkret säkrt säket säkerrt säkertt säkett säkart sakr sakre sakker zaker sajer sakee
  saker sakert såker såkert säkër sékure saeker saekert sécure secúre secur3 s3cure säk3r sekure secuire
`
  .split(/\s+/)
  .filter(word => word !== '')

test.each(slips)('[%s] is refused as a near-miss', word => {
  const { code, details } = refusal(() => classifySubject(`[${word}] Hello`))
  expect([code, details['found']]).toEqual(['MARK_NEARLY', `[${word}]`])
  expect(details['meant']).toMatch(/^\[(secure|säker|säkert)\]$/)
  expect(refusal(() => classifySubject(`Hello [${word.toUpperCase()}, max 1]`)).code).toBe('MARK_NEARLY')
})

const ordinary = `
  Security|Secured|Secured loan|Secures|Securely|Insecure|Unsecured|Securities|SECURITY NOTICE|Cybersecurity|Source
  Sector|Secret|Secretary|Section|Sure|Cure|Obscure|Procure|Seizure|Second|Sec|Safe|Safer|Safety
  Baker|Maker|Taker|Shaker|Saver|Server|Sender|Speaker|Sakura|Mature|Scare|Score|Figure|Lecture
  Säkerhet|Säkerhetsinformation|Osäker|Osäkert|Säkra|Säkrare|Säkring|Säkerställ|Säkerligen|Försäkring|Köper bostad
  Säger|Säter|Läker|Åker|Sänker|Sak|Saken|Saken gäller|Sakfråga|Saknas|Sakta|Smaker|Samer|Socker|Säljer|Säljes|Säng
  Sverige|Svar önskas|Info|INFO|Bokning 1234|#4711|JIRA-12|PATCH v2 1/3|kernel|EXTERNAL|EXT|SPAM|IT-support|Möte|Viktigt
  Fråga|Projekt X|sec|sak|kuvert|OBS!|Hej|Nyhetsbrev|private|privat|öppen|max|mottagare|2026-12-31|Re|1|…|a,b;c:d
  not secure|mycket säkert|Åker till Umeå|smaker, dofter
`
  .split(/[|\n]/)
  .map(word => word.trim())
  .filter(word => word !== '')

test.each(ordinary)('[%s] is an ordinary word', word => {
  expect(classifySubject(`[${word}] Hello`).marked).toBe(false)
  expect(classifySubject(`Hello [${word}]`).marked).toBe(false)
  expect(classifySubject(`Hello (${word})`).marked).toBe(false)
})

test('both tables are as long as they should be', () => {
  expect(slips.length).toBeGreaterThan(50)
  expect(ordinary.length).toBeGreaterThan(90)
})

test.each([
  ['[secure Hello', '[secure Hello', '[secure]'],
  ['Hello [secure', '[secure', '[secure]'],
  ['[secure [LIST] Hello', '[secure ', '[secure]'],
  ['[secure: max 1 Hello', '[secure: max 1 Hello', '[secure]'],
  ['[secrue Hello', '[secrue Hello', '[secure]'],
  ['secure] Hello', 'secure]', '[secure]'],
  ['Hello säker]', 'säker]', '[säker]'],
  ['secure, max 1] Hello', 'secure, max 1]', '[secure, max 1]'],
  ['Re: secure max=1] Hello', 'secure max=1]', '[secure max=1]'],
  ['[secure) Hello', '[secure) Hello', '[secure]'],
  ['(secure] Hello', 'secure]', '[secure]'],
  ['(secure) Hello', '(secure)', '[secure]'],
  ['Re: (Säker, max 1) Hej', '(Säker, max 1)', '[Säker, max 1]'],
  ['Hello {secure}', '{secure}', '[secure]'],
  ['<secure> Hello', '<secure>', '[secure]'],
  ['Hello (secrue).', '(secrue)', '[secure]'],
  ['8säker9 Hej', '8säker9', '[säker]'],
  ['［secure］ Hello', '［secure］', '[secure]'],
  ['Hello 【säker, privat】', '【säker, privat】', '[säker, privat]'],
  ['[secure】 Hello', '[secure】', '[secure]'],
  ['Hello 「secure」 you', '「secure」', '[secure]'],
  ['[sec ure] Hello', '[sec ure]', '[secure]'],
  ['[s e c u r e] Hello', '[s e c u r e]', '[secure]'],
  ['[s - e -c - u - r - e] Hello', '[s - e -c - u - r - e]', '[secure]'],
  ['[S.E.C.U.R.E] Hello', '[S.E.C.U.R.E]', '[secure]'],
  ['[#secure] Hello', '[#secure]', '[secure]'],
  ['[*säker*] Hej', '[*säker*]', '[säker]'],
  ['["secure"] Hello', '["secure"]', '[secure]'],
  ['[🔒 secure] Hello', '[🔒 secure]', '[secure]'],
  ['\\[secure\\] Hello', '[secure\\]', '[secure]'],
  ['[secure!] Hello', '[secure!]', '[secure]'],
  ['[secure.max 1] Hello', '[secure.max 1]', '[secure]'],
  ['[secure-private] Hello', '[secure-private]', '[secure]'],
  ['[secure/max=1] Hello', '[secure/max=1]', '[secure]'],
  ['[secure1] Hello', '[secure1]', '[secure]'],
  ['[secrue!] Hello', '[secrue!]', '[secure]'],
  ['[secureprivate] Hello', '[secureprivate]', '[secure]'],
  ['[säkeröppen, max 1] Hej', '[säkeröppen, max 1]', '[säker]'],
  ['[max 1, secure] Hello', '[max 1, secure]', '[secure, max 1]'],
  ['[privat säker] Hej', '[privat säker]', '[säker, privat]'],
  ['[max=1] Hello', '[max=1]', '[secure, max=1]'],
  ['[login=none, expires=7d] Hello', '[login=none, expires=7d]', '[secure, login=none, expires=7d]'],
  ['[max=0] Hello', '[max=0]', '[secure, max=0]'],
  ['[secure] Hello [secrue, private]', '[secrue, private]', '[secure]'],
  ['Hello [secrue] you', '[secrue]', '[secure]'],
])('%s is refused: %s was meant to be %s', (subject, found, meant) => {
  const { code, details } = refusal(() => classifySubject(subject))
  expect([code, details]).toEqual([
    'MARK_NEARLY',
    { found: found.trim(), meant, where: 'the subject', hint: 'Correct it, or remove the brackets.' },
  ])
})

test('the sentence names what was found and what was meant', () => {
  expect(refusal(() => classifySubject('[secrue] Hello')).message).toBe(
    'Not sent: "[secrue]" in the subject looks like the mark "[secure]". Correct it, or remove the brackets.',
  )
})

test("words and whole contents of the admin's exception list are no near-misses", () => {
  const settings = { nearMissExceptions: ['Secur', 'secure boot', 'säker-het', 'saker'] }
  for (const subject of [
    '[secur] x',
    'x [SECUR 12]',
    '[Secure Boot] x',
    'x [secure boot] x',
    '[säker-het 1] x',
    '( Saker ) x',
    '(saker) x',
    '[saker] x',
  ])
    expect(classifySubject(subject, settings).marked).toBe(false)
  expect(refusal(() => classifySubject('[secure boots] x', settings)).code).toBe('OPTION_UNKNOWN')
})

test('the switch lets slips and other brackets pass, but never a keyword in half a pair of brackets', () => {
  const settings = { nearMisses: false }
  for (const subject of ['[secrue] x', '(secure) x', '[sakert] x', '[#secure] x', '[max=1] x'])
    expect(classifySubject(subject, settings).marked).toBe(false)
  for (const subject of ['[secure x', 'secure] x', '[secure】 x', 'x [secure] x'])
    expect(refusal(() => classifySubject(subject, settings)).code).toMatch(/^MARK_/)
})

test('no slip is looked for in keywords of three letters, only accents', () => {
  const settings = { keywords: ['lås'] }
  expect(refusal(() => classifySubject('[las] x', settings)).code).toBe('MARK_NEARLY')
  expect(classifySubject('[lös] x', settings).marked).toBe(false)
  expect(refusal(() => classifySubject('[lest] x', { keywords: ['låst'] })).code).toBe('MARK_NEARLY')
})

test.each(['[saker]', '[Saker, max 1]', '[SAKER privat]', '[saker: öppen]'])(
  '%s is the keyword without its dots, and the hint has them',
  tag => {
    for (const subject of [`${tag} Hej`, `Hej ${tag}`, `Re: ${tag} Hej`])
      expect(refusal(() => classifySubject(subject)).details['meant']).toBe('[säker]')
  },
)

test.each(['[Saker att ta med] Utflykt', 'Loppis [saker till salu]', '[Saker 2026] Lista', 'Saker: att ta med'])(
  'things are an ordinary word in Swedish: %s',
  subject => {
    expect(classifySubject(subject).marked).toBe(false)
  },
)

test.each([
  ['Säker: Underlag', 'Säker:', '[säker]'],
  ['SÄKERT : Underlag', 'SÄKERT:', '[säkert]'],
  ['Sv: Secure: Report', 'Secure:', '[secure]'],
  ['Re: [LIST] sa\u0308ker: Hej', 'säker:', '[säker]'],
  ['Automatiskt svar: Säker: Hej', 'Säker:', '[säker]'],
  ['ѕесurе：Hello', 'ѕесurе:', '[secure]'],
  ['[secure] Säker: Hej', 'Säker:', '[säker]'],
  ['Secure:', 'Secure:', '[secure]'],
])('%s is refused: a keyword and a colon are nearly a mark', (subject, found, meant) => {
  expect(refusal(() => classifySubject(subject)).details).toMatchObject({ found, meant })
  expect(() => classifySubject(subject, { nearMisses: false })).not.toThrow()
})

test.each([
  'Söker: ny kollega',
  'Saker: att köpa',
  'Sakert: Hej',
  'Secrue: Hello',
  'Säkerhet: rutiner',
  'Säker inloggning: så gör du',
  'Är det säkert: ja',
  'Hej säker: då',
  'säker budget',
])('no other word before a colon is a mark: %s', subject => {
  expect(classifySubject(subject).marked).toBe(false)
})

test('an exception with its colon lets a keyword before a colon pass', () => {
  const settings = { nearMissExceptions: ['Secure:'] }
  expect(classifySubject('Secure: your statement', settings).marked).toBe(false)
  expect(refusal(() => classifySubject('Säker: Hej', settings)).code).toBe('MARK_NEARLY')
})

const foreign = ['[Secure Message]', '[SECURE EMAIL]', '[Secure Share]', '[secure mail]', '[Säker e-post]'].concat([
  '[Säkert meddelande]',
  '[Secure E-Mail]',
  '[secure-mail]',
  '[SECURE: Message]',
  '[Säker digital kommunikation]',
])

test.each(foreign)(
  "another gateway's tag %s passes behind a reply or forward prefix, and is refused before one",
  tag => {
    for (const prefix of ['Re: ', 'SV: ', 'Fwd: ', 'VB: [LIST] ', '[EXTERN] Sv: ', 'Automatiskt svar: ', 'Läst: '])
      for (const subject of [`${prefix}${tag} Report`, `${prefix}Report ${tag}`, `${prefix}the ${tag} report`])
        expect(classifySubject(subject).marked, subject).toBe(false)
    for (const subject of [`${tag} Report`, `Report ${tag}`, `[LIST] ${tag} Report`, `${tag} Re: Report`]) {
      const { code, details } = refusal(() => classifySubject(subject))
      expect([code, details['found']]).toEqual(['MARK_NEARLY', tag])
      expect(details['meant']).toMatch(/^\[(secure|säker|säkert)\]$/)
    }
    const settings = { nearMissExceptions: [tag.slice(1, -1)] }
    expect(classifySubject(`${tag} Report`, settings).marked).toBe(false)
  },
)

test('a mark beside the tag of another gateway is a mark', () => {
  const { subject } = marked(classifySubject('Re: [secure, max 1] [Secure Message] Report'))
  expect(subject).toBe('Re: [Secure Message] Report')
  expect(refusal(() => classifySubject('Re: [secure message max 1] Report')).code).toBe('OPTION_UNKNOWN')
})
