import type { Language } from '#model.ts'

/** The reminder to a recipient who has fetched nothing, said in one language. What is given is already plain words. */
export interface ReminderTexts {
  subject(subject: string): string
  /** Who sent what when; the dates are long ones. */
  notFetched(message: { sender: string; subject: string; sentOn: string }): string
  keptUntil(organisation: string, date: string): string
  automatic(organisation: string): string
}

/** The sentences by language. */
export const reminderTexts: Record<Language, ReminderTexts> = {
  sv: {
    subject: subject => `Påminnelse: ${subject || '(inget ämne)'}`,
    notFetched: ({ sender, subject, sentOn }) =>
      `Du har ännu inte öppnat det som ${sender} skickade till dig den ${sentOn} ${subject ? `med ämnet "${subject}"` : 'utan ämne'}.`,
    keptUntil: (organisation, date) =>
      `Efter den ${date} tas det bort. Till dess finns det hos ${organisation} på adressen nedan.`,
    automatic: organisation => `Det här är en automatisk påminnelse från ${organisation}. Den skickas bara en gång.`,
  },
  en: {
    subject: subject => `Reminder: ${subject || '(no subject)'}`,
    notFetched: ({ sender, subject, sentOn }) =>
      `You have not yet opened what ${sender} sent you on ${sentOn} ${subject ? `with the subject "${subject}"` : 'without a subject'}.`,
    keptUntil: (organisation, date) =>
      `It will be removed after ${date}. Until then, it is kept by ${organisation} at the address below.`,
    automatic: organisation => `This is an automatic reminder from ${organisation}. It is sent only once.`,
  },
}
