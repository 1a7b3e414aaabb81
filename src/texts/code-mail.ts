import type { Language } from '#model.ts'

/** The mail with a code, said in one language. `organisation` is already plain words. */
export interface CodeMailTexts {
  /** Never holds the code: subjects are shown on locked screens. */
  subject(organisation: string): string
  why(organisation: string): string
  above: string
  how(minutes: number): string
  otherwise(organisation: string): string
}

/** The sentences by language. */
export const codeMailTexts: Record<Language, CodeMailTexts> = {
  sv: {
    subject: organisation => `Kod för att öppna ett meddelande från ${organisation}`,
    why: organisation =>
      `Någon har bett om en kod för att öppna ett skyddat meddelande från ${organisation} som är skickat till den här adressen.`,
    above: 'Koden är:',
    how: minutes =>
      `Skriv in den på sidan där du bad om den. Den gäller i ${minutes} minuter och kan användas en gång. Har du bett om flera koder gäller bara den senaste.`,
    otherwise: organisation =>
      `Var det inte du som bad om koden? Då behöver du inte göra något. Lämna inte ut den till någon, inte heller till någon som säger sig ringa från ${organisation}.`,
  },
  en: {
    subject: organisation => `Code to open a message from ${organisation}`,
    why: organisation =>
      `Somebody has asked for a code to open a protected message from ${organisation} that was sent to this address.`,
    above: 'The code is:',
    how: minutes =>
      `Type it in on the page where you asked for it. It is valid for ${minutes} minutes and can be used once. If you have asked for several codes, only the latest one works.`,
    otherwise: organisation =>
      `Was it not you who asked for the code? Then you need not do anything. Give it to nobody, not even to somebody who says that they call from ${organisation}.`,
  },
}
