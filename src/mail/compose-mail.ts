import MailComposer from 'nodemailer/lib/mail-composer'

type Written = Pick<MailComposer['mail'], 'from' | 'to' | 'subject' | 'text' | 'html' | 'headers' | 'date'> & {
  /** Without angle brackets. */
  messageId: string
}

/** A mail that Kuvert writes itself, as bytes with CRLF. Nothing is fetched for it from files or from other servers. */
export function composeMail({ messageId, ...mail }: Written): Promise<Buffer> {
  const composer = new MailComposer({
    ...mail,
    messageId: `<${messageId}>`,
    textEncoding: 'quoted-printable',
    newline: 'windows',
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return composer.compile().build()
}
