import { expect, test } from 'vitest'
import { classifySubject, marked, refusal } from './arrive.ts'

const slips = `
  secrue seucre escure secuer sceure secur secre seure scure ecure ssecure seecure seccure secuure securre securee söker sake
  secute secyre sexure swcure aecure sevure secire secuer säkr säkre sker äker säkker ssäker säkeer säkerr säkwr
  sälker zäker säkee säkret säkrt säket säkerrt säkertt säkett säkart sakr sakre sakker zaker sajer sakee
  sakert såker såkert säkër sékure saeker saekert sécure secúre secur3 s3cure säk3r sekure secuire
`
  .split(/\s+/)
  .filter(word => word !== '')

test.each(slips)('[%s] is refused as a near-miss', word => {
  const { code, details } = refusal(() => classifySubject(`[${word}] Hello`))
  expect([code, details['found']]).toEqual(['MARK_NEARLY', `[${word}]`])
  expect(details['meant']).toMatch(/^\[(secure|säker|säkert|saker)\]$/)
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
  ])
    expect(classifySubject(subject, settings).marked).toBe(false)
  expect(marked(classifySubject('[saker] x', settings)).subject).toBe('x')
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
