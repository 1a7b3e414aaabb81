import type { MailSentences } from './mail-sentences.ts'

/** What Kuvert writes into mails, in Swedish. */
export const swedish: MailSentences = {
  detached: (sender, files, organisation) =>
    files === 1
      ? `${sender} har bifogat en fil. Den ligger inte i mejlet, utan hämtas hos ${organisation} på adressen nedan.`
      : `${sender} har bifogat ${files} filer. De ligger inte i mejlet, utan hämtas hos ${organisation} på adressen nedan.`,
  sealedText: (sender, files, organisation) =>
    `${sender} har skickat ett skyddat meddelande till dig. ${sealed(files)} hos ${organisation} på adressen nedan.`,
  onlySubjectVisible: 'Bara ämnesraden syns i det här mejlet.',
  sealedMail: (sender, organisation, isProtected) =>
    isProtected
      ? `${sender} har skickat ett signerat eller krypterat mejl till dig. Det kan inte delas upp, så hela mejlet hämtas som en fil hos ${organisation} på adressen nedan. Filen öppnas i mejlprogrammet.`
      : `${sender} har skickat ett mejl till dig. Det är uppbyggt på ett ovanligt sätt och kan inte delas upp, så hela mejlet hämtas som en fil hos ${organisation} på adressen nedan. Filen öppnas i mejlprogrammet.`,
  andMore: files => (files === 1 ? 'och en fil till' : `och ${files} filer till`),
  unnamedFile: 'fil utan namn',
  validUntil: (date, personal) => `Länken ${personal ? 'är personlig och gäller' : 'gäller'} till och med den ${date}.`,
  opensAtMost: (times, { text, files }) => {
    const often = times === 1 ? 'en gång' : `högst ${times} gånger`
    if (!text) return `${files === 1 ? 'Filen' : 'Varje fil'} kan hämtas ${often}.`
    return `${files === 0 ? 'Texten' : 'Texten och varje fil'} kan öppnas ${often}.`
  },
  loginAsOnComputer: 'Logga in med samma användarnamn och lösenord som till datorn.',
  loginByCode: recipient => `För att logga in får du en kod mejlad till ${recipient}.`,
  noLogin: 'Ingen inloggning behövs: alla som har länken kan öppna den.',
  askWhetherGenuine: (name, address) =>
    `Är du osäker på om mejlet är äkta? Fråga ${address ? `${name} (${address})` : name} innan du öppnar länken.`,
}

function sealed(files: number): string {
  if (files === 0) return 'Texten hämtas'
  return files === 1 ? 'Texten och en fil hämtas' : `Texten och ${files} filer hämtas`
}
