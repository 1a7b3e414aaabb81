/** What can be opened at a link, as far as the words depend on it. */
interface Opened {
  /** Whether the mail's text is sealed as well. */
  text: boolean
  /** Attachments, and mails sealed whole. */
  files: number
}

/** Every sentence that Kuvert writes into a mail. Names, addresses and subjects given to them are already plain words. */
export interface MailSentences {
  /** Above the list of files of a mail whose text is kept. */
  detached(sender: string, files: number, organisation: string): string
  /** In place of a sealed text. */
  sealedText(sender: string, files: number, organisation: string): string
  /** What is left to see of a private message. */
  onlySubjectVisible: string
  /** In place of a mail that became a file: because it is signed or encrypted, or because of how it is built. */
  sealedMail(sender: string, organisation: string, isProtected: boolean): string
  andMore(files: number): string
  unnamedFile: string
  validUntil(date: string, personal: boolean): string
  opensAtMost(times: number, opened: Opened): string
  loginAsOnComputer: string
  loginByCode(recipient: string): string
  noLogin: string
  askWhetherGenuine(name: string, address: string | null): string
}
