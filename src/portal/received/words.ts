import type { Language } from '#model.ts'

/** Every word on the list of received messages, in Swedish. */
const swedish = {
  none: 'Här visas säkra meddelanden som har skickats till dig eller till en postlåda som du har tillgång till.',
  to: 'Till',
  received: 'Mottaget',
  until: 'Kan öppnas till',
  new: 'Inte öppnat',
  fetched: 'Öppnat',
  'used up': 'Hämtat så många gånger som avsändaren tillät',
  expired: 'Gick ut',
  revoked: 'Återkallat av avsändaren',
  files: (count: number) => (count === 1 ? '1 fil' : `${count} filer`),
  text: 'Privat text',
  left: ({ count, max }: { count: number; max: number }) => `${count} av ${max} hämtningar kvar`,
}

const english: typeof swedish = {
  none: 'Secure messages that were sent to you, or to a mailbox that you have access to, are shown here.',
  to: 'To',
  received: 'Received',
  until: 'Can be opened until',
  new: 'Not opened',
  fetched: 'Opened',
  'used up': 'Downloaded as often as the sender allowed',
  expired: 'Expired',
  revoked: 'Withdrawn by the sender',
  files: count => (count === 1 ? '1 file' : `${count} files`),
  text: 'Private text',
  left: ({ count, max }) => `${count} of ${max} downloads left`,
}

export const receivedWords: Record<Language, typeof swedish> = { sv: swedish, en: english }
