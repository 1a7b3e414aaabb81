import type { CopyFacts } from '#courier/rewrite/copy-facts.ts'

export const url = 'https://filer.example.org/l/Zx8Kq0_vB-3mN7aYtR2wLcD5eF9gHjUs'

/** Two files from Anna to Bo, who has an account. */
export function copyFacts(
  message: Partial<CopyFacts['message']> = {},
  rest: Partial<Omit<CopyFacts, 'message'>> = {},
): CopyFacts {
  return {
    message: {
      senderName: 'Anna Åkesson <anna@example.org>',
      lang: 'sv',
      login: 'recipients',
      max: null,
      expiresAt: new Date('2026-12-24T12:00:00Z'),
      private: false,
      copy: 'detach',
      slots: [],
      slimSizeBytes: 0,
      ...message,
    },
    files: [attachment('Avtal – förslag.pdf', 21_286_093), attachment('Budget 2027.xlsx', 14_336)],
    link: { url, recipient: 'bo@example.net', isLocal: true },
    organisation: 'Exempelkommun',
    ...rest,
  }
}

export function attachment(name: string, sizeBytes = 1024): CopyFacts['files'][number] {
  return { kind: 'attachment', name, sizeBytes }
}
