import type { Reply } from '#next-hop/next-hop.ts'

/**
 * Replies to single commands: those that were obeyed, and those that are malformed or out of order (RFC 5321 section
 * 4.3.2). They are no failures of the catalogue: they follow from the grammar of SMTP, a client program hears them and
 * never a sender, nobody can do anything about them, and the conversation goes on.
 */
export const commandReplies = {
  ok: reply(250, '2.0.0 OK'),
  flushed: reply(250, '2.0.0 Flushed'),
  bye: reply(221, '2.0.0 Bye'),
  help: reply(214, '2.0.0 See RFC 5321'),
  notVerified: reply(252, '2.5.2 Addresses are not verified; send the mail and see'),
  beginTls: reply(220, '2.0.0 Begin TLS'),
  loggedIn: reply(235, '2.7.0 You are logged in'),
  goAhead: reply(354, 'End data with <CR><LF>.<CR><LF>'),

  unknown: reply(500, '5.5.2 Unknown command'),
  badGreeting: reply(501, '5.5.4 Say who you are: EHLO name'),
  badSender: reply(501, '5.1.7 This is not MAIL FROM:<address>'),
  badRecipient: reply(501, '5.1.3 This is not RCPT TO:<address>'),
  dataWithParameters: reply(501, '5.5.4 DATA has no parameters'),
  startTlsWithParameters: reply(501, '5.5.4 STARTTLS has no parameters'),
  loginGivenUp: reply(501, '5.7.0 The login was given up'),
  loginUnreadable: reply(501, '5.5.2 The login cannot be read'),
  loginUnknown: reply(504, '5.5.4 Log in with PLAIN or LOGIN'),

  sayHello: reply(503, '5.5.1 Say EHLO first'),
  nested: reply(503, '5.5.1 Mails cannot be nested; there is one already'),
  needMail: reply(503, '5.5.1 Begin with MAIL'),
  needRecipient: reply(503, '5.5.1 There is no recipient yet'),
  encryptedAlready: reply(503, '5.5.1 This line is encrypted already'),
  loggedInAlready: reply(503, '5.5.1 You are logged in already'),
  loginWithinMail: reply(503, '5.5.1 Log in before the mail begins'),
}

/** What is wrong with a parameter of MAIL or RCPT. */
export function badParameter(sentence: string): Reply {
  return reply(501, `5.5.4 ${sentence}`)
}

/** A reply with a line for each of these. */
export function reply(code: number, ...lines: string[]): Reply {
  return { code, lines }
}
