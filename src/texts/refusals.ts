import type { Words } from './words.ts'

/** What a sender hears whose mail is refused for what they wrote, by the code of the failure. */
export const refusals = {
  OPTION_UNKNOWN: {
    en: 'Not sent: Kuvert does not know the option "{option}" in {where}. {hint}',
    sv: 'Inte skickat: Kuvert känner inte till valet "{option}" i {where}. {hint}',
  },
  OPTION_CONTRADICTS: {
    en: 'Not sent: the options "{first}" and "{second}" in {where} contradict each other. {hint}',
    sv: 'Inte skickat: valen "{first}" och "{second}" i {where} säger emot varandra. {hint}',
  },
  OPTION_OUT_OF_BOUNDS: {
    en: 'Not sent: "{option}" in {where} is outside of what is allowed here: {bounds}.',
    sv: 'Inte skickat: "{option}" i {where} är inte tillåtet här. Tillåtet är: {bounds}.',
  },
  OPTION_LOCKED: {
    en: 'Not sent: "{option}" in {where} cannot be chosen here; it is always {locked}.',
    sv: 'Inte skickat: "{option}" i {where} går inte att välja här; det är alltid {locked}.',
  },
  MARK_NEARLY: {
    en: 'Not sent: "{found}" in {where} looks like the mark "{meant}". {hint}',
    sv: 'Inte skickat: "{found}" i {where} liknar märkningen "{meant}". {hint}',
  },
  MARK_MISPLACED: {
    en: 'Not sent: the mark "{found}" stands in the middle of the subject. Put it first or last.',
    sv: 'Inte skickat: märkningen "{found}" står mitt i ämnet. Sätt den först eller sist.',
  },
  MARK_UNREADABLE: {
    en: 'Not sent: this mail seems to carry a mark, but it cannot be read without guessing: {what}. {hint}',
    sv: 'Inte skickat: mejlet verkar vara märkt, men märkningen går inte att läsa utan att gissa: {what}. {hint}',
  },
  MAIL_AMBIGUOUS: {
    en: 'Not sent: this marked mail cannot be secured, because {why}.',
    sv: 'Inte skickat: det märkta mejlet går inte att skydda ({why}).',
  },
  MAIL_UNSUPPORTED: {
    en: 'Not sent: this marked mail cannot be secured yet, because it contains {what}.',
    sv: 'Inte skickat: det märkta mejlet går inte att skydda ännu ({what}).',
  },
  OUTSIDER_NEEDS_LOGIN: {
    en: 'Not sent: {recipients} cannot log in here. Write login=none to let them open it without a login, or leave them out.',
    sv: 'Inte skickat: {recipients} kan inte logga in här. Skriv öppen, så att de kan öppna utan inloggning, eller ta bort dem.',
  },
  OUTSIDER_REFUSED: {
    en: 'Not sent: marked mail to {recipients} is not allowed here. Leave them out, or reach them in some other way.',
    sv: 'Inte skickat: märkta mejl till {recipients} är inte tillåtna här. Ta bort dem, eller nå dem på annat sätt.',
  },
} as const satisfies Record<string, Words>
