import type { Language } from '#model.ts'

/** What a receipt says. What is given is already plain words. */
export interface ReceiptTexts {
  subject(subject: string): string
  /** Who has opened something, and when (a date with its time). */
  opened(who: string, at: string): string
  /** Somebody who was asked nothing: the link is all that is known. */
  openedByLink(recipient: string, at: string): string
  /** A local who is not among the recipients. */
  openedByLocal(who: string, recipient: string, at: string): string
  ofMessage(subject: string, sentOn: string): string
  what: string
  theText: string
  files(count: number): string
  once: string
  automatic(organisation: string): string
}

/** The sentences by language. */
export const receiptTexts: Record<Language, ReceiptTexts> = {
  sv: {
    subject: subject => `Öppnat: ${subject || '(inget ämne)'}`,
    opened: (who, at) => `${who} öppnade ditt meddelande ${at}.`,
    openedByLink: (recipient, at) =>
      `Meddelandet öppnades ${at} med länken som skickades till ${recipient}. Ingen inloggning krävdes, så det går inte att veta av vem.`,
    openedByLocal: (who, recipient, at) =>
      `${who} öppnade ditt meddelande ${at}, med länken som skickades till ${recipient}.`,
    ofMessage: (subject, sentOn) => `Det skickades den ${sentOn} ${subject ? `med ämnet "${subject}"` : 'utan ämne'}.`,
    what: 'Det här hämtades:',
    theText: 'texten',
    files: count => (count === 1 ? 'en fil' : `${count} filer`),
    once: 'Du får bara ett mejl per mottagare, första gången.',
    automatic: organisation => `Det här är ett automatiskt mejl från ${organisation}.`,
  },
  en: {
    subject: subject => `Opened: ${subject || '(no subject)'}`,
    opened: (who, at) => `${who} opened your message on ${at}.`,
    openedByLink: (recipient, at) =>
      `The message was opened on ${at} by the link that was sent to ${recipient}. No login was required, so that nobody can tell by whom.`,
    openedByLocal: (who, recipient, at) =>
      `${who} opened your message on ${at}, by the link that was sent to ${recipient}.`,
    ofMessage: (subject, sentOn) =>
      `It was sent on ${sentOn} ${subject ? `with the subject "${subject}"` : 'without a subject'}.`,
    what: 'This was downloaded:',
    theText: 'the text',
    files: count => (count === 1 ? 'one file' : `${count} files`),
    once: 'You get one mail for each recipient, the first time.',
    automatic: organisation => `This is an automatic mail from ${organisation}.`,
  },
}
