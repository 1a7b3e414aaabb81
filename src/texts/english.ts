import type { MailSentences } from './mail-sentences.ts'

/** What Kuvert writes into mails, in English. */
export const english: MailSentences = {
  detached: (sender, files, organisation) =>
    files === 1
      ? `${sender} has attached a file. It is not in the mail itself, but is kept by ${organisation} at the address below.`
      : `${sender} has attached ${files} files. They are not in the mail itself, but are kept by ${organisation} at the address below.`,
  sealedText: (sender, files, organisation) =>
    `${sender} has sent you a protected message. ${sealed(files)} kept by ${organisation} at the address below.`,
  onlySubjectVisible: 'Only the subject line can be seen in this mail.',
  sealedMail: (sender, organisation, isProtected) =>
    isProtected
      ? `${sender} has sent you a signed or encrypted mail. It cannot be taken apart, so the whole mail is kept as a file by ${organisation} at the address below. Open the file in your mail program.`
      : `${sender} has sent you a mail. It is built in an unusual way and cannot be taken apart, so the whole mail is kept as a file by ${organisation} at the address below. Open the file in your mail program.`,
  andMore: files => (files === 1 ? 'and one more file' : `and ${files} more files`),
  unnamedFile: 'file without a name',
  validUntil: (date, personal) => `The link ${personal ? 'is personal and works' : 'works'} until the end of ${date}.`,
  opensAtMost: (times, { text, files }) => {
    const often = times === 1 ? 'once' : `at most ${times} times`
    if (!text) return `${files === 1 ? 'The file' : 'Each file'} can be downloaded ${often}.`
    return `${files === 0 ? 'The text' : 'The text and each file'} can be opened ${often}.`
  },
  loginAsOnComputer: 'Log in with the same user name and password as on your computer.',
  loginByCode: recipient => `To log in, you will be mailed a code at ${recipient}.`,
  noLogin: 'No login is needed: anybody who has the link can open it.',
  askWhetherGenuine: (name, address) =>
    `Not sure that this mail is genuine? Ask ${address ? `${name} (${address})` : name} before you open the link.`,
}

function sealed(files: number): string {
  if (files === 0) return 'Its text is'
  return files === 1 ? 'Its text and one file are' : `Its text and ${files} files are`
}
