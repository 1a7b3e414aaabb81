import type { Language, Login, Slot, StoredFile } from '#model.ts'

/** What the courier knows of a message, its files and one recipient's link when it writes that recipient's copy. */
export interface CopyFacts {
  message: {
    /** As the From field shows it: `Anna Å <anna@example.org>`. */
    senderName: string
    lang: Language
    login: Login
    /** Downloads per recipient and file; null is unlimited. */
    max: number | null
    expiresAt: Date
    private: boolean
    copy: 'detach' | 'notice'
    slots: Slot[]
    slimSizeBytes: number
  }
  files: Pick<StoredFile, 'kind' | 'name' | 'sizeBytes'>[]
  /** This recipient's own link, and nobody else's (it is a secret). */
  link: { url: string; recipient: string; isLocal: boolean }
  organisation: string
}
