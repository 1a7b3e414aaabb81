import type { Words } from './words-sv.ts'

/** Every word on the pages, in English. */
export const english: Words = {
  thisLanguage: 'English',
  skipToContent: 'Skip to content',
  loggedInAs: 'Logged in as',
  logOut: 'Log out',
  footer: organisation => `Secure messages from ${organisation}`,

  menuTitle: 'Menu',
  menu: { new: 'New message', sent: 'Sent', received: 'Received', account: 'Account settings' },

  homeTitle: 'Secure messages',
  homeText: organisation =>
    `This is where you download files and read messages that were sent securely from ${organisation}.`,
  homeHow: 'Have you received a message? Open the link in the mail.',
  homeWriteTitle: 'Send a secure message',
  homeWrite: organisation => `With an account at ${organisation} you can log in to write messages and send files.`,
  logInAgainTitle: 'Log in again',
  logInAgain: 'You have been logged out, because a long time has passed. Log in again to go on.',
  logInFirst: 'Log in to see this page.',
  logInToContinue: 'What you wrote is kept, and is used when you have logged in.',

  loginTitle: 'Log in',
  loginIntro: organisation => `Protected messages from ${organisation} are opened with a login.`,
  loginHint: 'Use the same user name and password as on your computer.',
  loginName: 'User name',
  password: 'Password',
  logIn: 'Log in',
  noAccountTitle: organisation => `No account at ${organisation}?`,
  otherWays: 'The link in the mail shows how the message is opened.',
  backToStart: 'Go there again',
  noAccountText:
    'This link was sent to somebody who has an account. If you need the message, ask the sender to send it directly to your own address.',
  byCodeTitle: 'With a code',
  byCodeText: 'A code of six digits is mailed to the address that the link was sent to.',
  askForCode: 'Mail a code',
  haveCode: 'I already have a code',
  byAccountTitle: organisation => `With an account at ${organisation}`,
  codeTitle: 'Enter the code',
  codeSent:
    'If the link is right, a mail with a code will soon arrive at the address that the link was sent to. Look among the junk mail, too.',
  codeLabel: 'Code',
  codeHint: 'Six digits. The code is valid for 15 minutes, in any browser.',
  enterCode: 'Open',
  noCodeTitle: 'No code?',
  noCodeText:
    'A code is mailed to the address that the link was sent to. It cannot be had at any other address. If you ask again within a minute, no new code is sent, and the first one is valid. After many codes, you have to wait for a while.',
  askForNewCode: 'Mail a new code',
  codeWrongTitle: 'The code cannot be used',
  codeWrong: left =>
    `The code is wrong. Check that you have entered the latest one. You can try ${left === 1 ? 'once' : left === 2 ? 'twice' : `${left} times`} more.`,
  codeMalformed: 'A code is six digits.',
  codeEnded: 'The code is too old, already used, or was tried too often. Ask for a new one.',
  codesThrottledTitle: 'Many codes have been sent',
  codesThrottled: minutes => `You can ask for a new code in ${duration(minutes)}.`,
  loginWrongTitle: 'You could not be logged in',
  loginWrong: 'The user name or password is wrong. Check them and try again.',
  throttledTitle: 'Too many failed logins',
  throttled: minutes => (minutes === 1 ? 'Wait a minute, then try again.' : `Wait ${minutes} minutes, then try again.`),
  errorInTitle: 'Error',
  tryAgain: 'Try again',

  noSubject: '(no subject)',
  from: 'From',
  openUntil: 'Can be opened until',
  textTitle: 'Text',
  textIsProtected: 'The text is protected and is shown only here.',
  showText: 'Show the text',
  filesTitle: 'Files',
  download: 'Download',
  fileLeft: (count, max) => `Can be downloaded ${timesLeft(count, max)}`,
  fileUsedUp: 'Downloaded as often as the sender allowed',
  textLeft: (count, max) => `Can be shown ${timesLeft(count, max)}`,
  textUsedUp: 'Shown as often as the sender allowed',
  zip: 'Download all as zip',
  zipFiles: 'All files in one zip file',
  zipWithText: 'All files and the text in one zip file',
  zipCounts: 'counted once per file',
  zipCountsRest: 'what has not been downloaded here yet is counted',
  zipTheRest: 'Download the rest as zip',
  zipRest: 'What can be downloaded, in one zip file',
  zipWithout: 'Already downloaded as often as the sender allowed, and therefore not included:',
  textFreeUntil: time => `The text can be shown again in this browser until ${time} without being counted.`,
  fileFreeUntil: time => `Can be downloaded again in this browser until ${time} without being counted.`,
  nextCounts: 'You have downloaded it three times in this browser. The next download is counted again.',
  stillEncoded: 'This file was wrongly encoded in the mail and is handed out exactly as it came.',
  countingTitle: 'How it is counted',
  counting: minutes =>
    `Once you have started to download a file, you can download it again in this browser, for example if the connection breaks: three times in all within ${duration(minutes)}. It is counted once.`,

  textPageTitle: 'Text of the message',
  backToMessage: 'Back to the message',
  downloadAsMail: 'Download the text as an .eml file',
  noText: 'The message has no text.',
  textTooLong:
    'The text is too long or too intricate to be shown here. Download it as an .eml file and open that in a mail program.',
  imagesLeftOut:
    'Not everything is shown here, such as images from other sites. The rest is in the .eml file, which opens in a mail program.',
  openTextAlone: 'Open the text by itself, for example to print it',
  textUntil: time => `You can reload this page in this browser until ${time} without it being counted again.`,

  unknownTitle: 'There is no message to open here',
  unknown: 'The link may be incomplete, or the message may no longer exist. Check the link in the mail.',
  unknownLogIn: 'Was the message sent to you? Log in to learn what happened.',
  unknownByCode: 'Get a code by mail',
  expiredTitle: 'This message can no longer be opened',
  expired: date => `It could be opened until ${date}.`,
  revokedTitle: 'This message has been withdrawn',
  revoked: 'It can therefore no longer be opened.',
  usedUpTitle: 'This cannot be opened again',
  usedUp: times =>
    times === 1
      ? 'The sender allowed it to be opened once, and that has been done.'
      : `The sender allowed it to be opened ${times} times, and that has been done.`,
  askSender: 'Do you still need it? Ask the sender to send it again:',
  notRecipientTitle: 'This message is not for you',
  notRecipient: 'Only those to whom the message was sent can open it, and this account is not one of them.',
  notRecipientHow: 'Do you have another account that the message was sent to? Log out, and log in with that one.',
  ticketInvalidTitle: 'This download is no longer valid',
  ticketInvalid:
    'A download that was started is valid for a short while and a few attempts, and only in the browser where it was started. Open the link in the mail and start again from there.',
  crossSiteTitle: 'That could not be done',
  crossSite: 'The request did not come from a page of this site. Open the link in the mail and try again from there.',
  manyDraftsTitle: 'You have too many drafts',
  manyDrafts: atMost =>
    `You can have ${atMost} drafts at most. Send or discard some of them. Go back in your browser to keep what you wrote.`,
  toDrafts: 'Show the drafts',
  manyDownloadsTitle: 'You are already downloading several files',
  manyDownloads: (atOnce: number) =>
    `At most ${atOnce} files can be downloaded at the same time. Wait until one of them is done, and then reload this page.`,
  busyTitle: 'Many files are being downloaded right now',
  busyTextsTitle: 'Many texts are being shown right now',
  busy: 'Wait a moment, and then reload this page.',
  nothingLost: 'No download has been used up.',
  awayTitle: 'This does not work right now',
  away: 'A system that is needed does not answer. Wait a while, then try again.',
  awayNotCounted:
    'The storage does not answer. This attempt was not counted. Go back to the message, wait a while, then try again.',
  brokenTitle: 'Something went wrong',
  broken: 'The fault is ours. Try again. If that does not help, contact support and give them this number:',
  badRequestTitle: 'That could not be understood',
  badRequest: 'The browser sent something that cannot be read. Open the link in the mail and try again.',
  notFoundTitle: 'There is no such page',
  notFound: 'Open the link in the mail that you received. Check that the whole link came along.',
}

function timesLeft(count: number, max: number): string {
  const times = count === 1 ? 'once' : count === 2 ? 'twice' : `${count} times`
  return count === max ? times : `${times} more`
}

function duration(minutes: number): string {
  if (minutes > 90) return `${Math.ceil(minutes / 60)} hours`
  return minutes === 1 ? 'a minute' : `${minutes} minutes`
}
