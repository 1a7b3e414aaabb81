import { expect, test } from 'vitest'
import { classifySubject, mail, marked, configured, now } from '../../support/arrive.ts'
import { classify } from '#gateway/classify/classify.ts'

const machineMade = `
  Accepterat|Avböjt|Preliminärt|Inställt|Uppdaterad inbjudan|Nytt tidsförslag|Automatiskt svar|Läst|Oläst|Ej läst|Olevererbart
  Kan inte levereras|Återkalla|Frånvarande|Accepted|Declined|Tentative|Tentatively Accepted|Canceled|Cancelled|Updated invitation
  Invitation|New Time Proposed|Meeting Forward Notification|Automatic reply|Out of Office|Read|Not read|Delivered|Relayed
  Undeliverable|Delivery delayed|Delivery Status Notification|Recall|Zugesagt|Abgelehnt|Abgesagt|Mit Vorbehalt|Automatische Antwort
  Abwesenheitsnotiz|Gelesen|Nicht gelesen|Unzustellbar|Accepté|Refusé|Provisoire|Annulé|Réponse automatique|Lu|Non lu|Non remis
  Accepteret|Afvist|Foreløbig|Aflyst|Automatisk svar|Læst|Ikke læst|Kan ikke leveres|Akseptert|Godtatt|Avslått|Avlyst|Lest|Ulest
  Hyväksytty|Hylätty|Alustava|Peruutettu|Automaattinen vastaus|Luettu|Ei luettu|Geaccepteerd|Geweigerd|Voorlopig|Geannuleerd
  Automatisch antwoord|Gelezen|Niet gelezen|Onbestelbaar|Aceptado|Rechazado|Cancelado|Respuesta automática|Leído|No se puede entregar
  Accettato|Rifiutato|Annullato|Risposta automatica|Letto|Non recapitabile|Aceite|Recusado|Resposta automática|Lida|Não entregue
  Zaakceptowano|Odrzucono|Odwołano|Odpowiedź automatyczna|Przeczytane|Nie można dostarczyć|Re|Sv|VB|Fwd|AW|WG|TR|RV|Odp
`
  .split(/[|\n]/)
  .map(prefix => prefix.trim())
  .filter(prefix => prefix !== '')

test('the table of prefixes is as long as it should be', () => {
  expect(machineMade.length).toBeGreaterThan(100)
})

test.each(machineMade)('a mark behind "%s:" is a mark', prefix => {
  for (const written of [prefix, prefix.toUpperCase(), prefix.normalize('NFD')]) {
    const { subject, options } = marked(classifySubject(`${written}: [säker, öppen] Möte om budget`))
    expect([subject, options.login]).toEqual([`${written.normalize('NFC')}: Möte om budget`, 'none'])
  }
  expect(classifySubject(`${prefix}: Möte om budget`).marked).toBe(false)
})

test('so it is for a mail without a sender, and behind several prefixes', () => {
  const envelope = { sender: '', parameters: [], recipients: [{ address: 'bo@example.org', parameters: [] }] }
  const subjects = ['Undeliverable: [secure] Report', 'Läst: SV: Accepterat: [säker] Möte', 'Lu\u00a0: [säker] Rapport']
  for (const subject of subjects) {
    const arrived = mail([`Subject: ${subject}`], { envelope })
    expect(classify(configured(), arrived, now).marked).toBe(true)
  }
})

test.each([
  ['x'.repeat(20_000), true],
  ['[ab]'.repeat(2500), true],
  ['[ab]'.repeat(2501), false],
  [`${'x'.repeat(10_000)} [LIST]`, false],
  [`${'x'.repeat(10_000)} 【x】`, false],
  [`=?utf-8?Q?${'x'.repeat(10_000)}=5BLIST=5D?=`, false],
  [`=?utf-8?Q?${'x'.repeat(10_000)}=5BLIST=5D`, false],
])('a subject of over 10,000 characters is not read for brackets (%#)', (subject, passes) => {
  if (passes) return expect(classifySubject(subject).marked).toBe(false)
  expect(() => classifySubject(subject)).toThrow('its subject is longer than 10,000 characters')
})

test('of several subjects, and of lines that look like one, all characters count', () => {
  const half = `Subject: ${'[ab]'.repeat(1251)}`
  expect(classify(configured(), mail([half]), now).marked).toBe(false)
  expect(() => classify(configured(), mail([half, half]), now)).toThrow('longer than 10,000 characters')
  const stray = `Subject\u0000: ${'[ab]'.repeat(1251)}`
  expect(classify(configured(), mail([stray]), now).marked).toBe(false)
  expect(() => classify(configured(), mail([stray, stray]), now)).toThrow('is no header field')
  expect(() => classify(configured(), mail([`X-Kuvert: ${'max=1,'.repeat(1700)}`]), now)).toThrow('is too long')
})
