import type { Language } from '#model.ts'

/** The notification to a sender of what became of their mail. Subjects and addresses are already plain words. */
export interface ReportTexts {
  failed: ReportKindTexts
  delayed: ReportKindTexts
  relayed: ReportKindTexts
  /** Above the next hop's words. */
  refusedWith: string
  gaveUp(hours: number): string
  dropped: string
  lastReply: string
}

interface ReportKindTexts {
  subject(subject: string): string
  /** Where there are more recipients than one, they are listed below. */
  what(subject: string, recipients: string[]): string
  /** `until` is the day after which it is given up. */
  advice(recipients: number, until: string): string
}

const swedish: ReportTexts = {
  failed: {
    subject: subject => `Inte levererat: ${subject || '(inget ämne)'}`,
    what: (subject, recipients) => `${ditt(subject)} kunde inte levereras till ${mottagare(recipients)}`,
    advice: recipients =>
      recipients === 1
        ? 'Mottagaren har alltså varken fått mejlet eller någon länk till innehållet. Andra mottagare berörs inte. Kontrollera adressen och skicka igen, eller hör av dig på något annat sätt.'
        : 'De här mottagarna har alltså varken fått mejlet eller någon länk till innehållet. Andra mottagare berörs inte. Kontrollera adresserna och skicka igen, eller hör av dig på något annat sätt.',
  },
  delayed: {
    subject: subject => `Försenat: ${subject || '(inget ämne)'}`,
    what: (subject, recipients) => `${ditt(subject)} har ännu inte kunnat levereras till ${mottagare(recipients)}`,
    advice: (_, until) =>
      `Du behöver inte skicka det igen: nya försök görs till och med den ${until}. Lyckas inget av dem får du besked.`,
  },
  relayed: {
    subject: subject => `Lämnat vidare: ${subject || '(inget ämne)'}`,
    what: (subject, recipients) =>
      `${ditt(subject)} har lämnats vidare till nästa mejlserver på vägen till ${mottagare(recipients)}`,
    advice: () =>
      'Den servern meddelar inte när mejlet har kommit fram, så det här är det sista du hör om det går bra.',
  },
  refusedWith: 'Mejlservern tog inte emot det. Den svarade:',
  gaveUp: hours => `Leveransen har försökts i ${dygn(hours)}, utan att lyckas. Nu görs inga fler försök.`,
  dropped: 'Leveransen har avbrutits av den som sköter mejlservern. Nu görs inga fler försök.',
  lastReply: 'Mejlserverns senaste svar:',
}

const english: ReportTexts = {
  failed: {
    subject: subject => `Not delivered: ${subject || '(no subject)'}`,
    what: (subject, recipients) => `${your(subject)} could not be delivered to ${list(recipients)}`,
    advice: recipients =>
      recipients === 1
        ? 'So the recipient has neither the mail nor a link to what it contains. Other recipients are not affected. Check the address and send it again, or get in touch in some other way.'
        : 'So these recipients have neither the mail nor a link to what it contains. Other recipients are not affected. Check the addresses and send it again, or get in touch in some other way.',
  },
  delayed: {
    subject: subject => `Delayed: ${subject || '(no subject)'}`,
    what: (subject, recipients) => `${your(subject)} has not been delivered yet to ${list(recipients)}`,
    advice: (_, until) =>
      `You need not send it again: it will be tried until ${until}. If that does not succeed, you will be told.`,
  },
  relayed: {
    subject: subject => `Handed over: ${subject || '(no subject)'}`,
    what: (subject, recipients) =>
      `${your(subject)} has been handed over to the next mail server on its way to ${list(recipients)}`,
    advice: () =>
      'That server does not tell when a mail has arrived, so this is the last you will hear of it if all goes well.',
  },
  refusedWith: 'The mail server did not accept it. It answered:',
  gaveUp: hours => `Delivery has been tried for ${days(hours)} without success. It will not be tried again.`,
  dropped: 'Delivery was stopped by whoever runs the mail server. It will not be tried again.',
  lastReply: "The mail server's latest answer:",
}

/** The sentences by language. */
export const reportTexts: Record<Language, ReportTexts> = { sv: swedish, en: english }

function ditt(subject: string): string {
  return subject ? `Ditt meddelande "${subject}"` : 'Ditt meddelande utan ämne'
}

function mottagare(recipients: string[]): string {
  return recipients.length === 1 ? `${recipients[0]}.` : `${recipients.length} mottagare:`
}

function dygn(hours: number): string {
  if (hours >= 48) return `${Math.round(hours / 24)} dygn`
  return hours === 1 ? 'en timme' : `${hours} timmar`
}

function your(subject: string): string {
  return subject ? `Your message "${subject}"` : 'Your message without a subject'
}

function list(recipients: string[]): string {
  return recipients.length === 1 ? `${recipients[0]}.` : `${recipients.length} recipients:`
}

function days(hours: number): string {
  if (hours >= 48) return `${Math.round(hours / 24)} days`
  return hours === 1 ? 'one hour' : `${hours} hours`
}
