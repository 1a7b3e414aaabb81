/** The sentence of a refusal, `{name}` filled from its details, and what helps, for docs/errors.md. */
export interface Refusal {
  en: string
  /** If senders hear it. */
  sv?: string
  /** What a sender, a visitor or an admin can do. */
  remedy: string
}

/** What is told over SMTP, some of it in the portal as well; by the code of the failure. */
export const refusals = {
  OPTION_UNKNOWN: {
    en: 'Not sent: Kuvert does not know the option "{option}" in {where}. {hint}',
    sv: 'Inte skickat: Kuvert känner inte till valet "{option}" i {where}. {hint}',
    remedy: 'The sender corrects the option; docs/marking.md lists them all.',
  },
  OPTION_CONTRADICTS: {
    en: 'Not sent: the options "{first}" and "{second}" in {where} contradict each other. {hint}',
    sv: 'Inte skickat: valen "{first}" och "{second}" i {where} säger emot varandra. {hint}',
    remedy: 'The sender keeps one of the two options.',
  },
  OPTION_OUT_OF_BOUNDS: {
    en: 'Not sent: "{option}" in {where} is outside of what is allowed here: {bounds}.',
    sv: 'Inte skickat: "{option}" i {where} är inte tillåtet här. Tillåtet är: {bounds}.',
    remedy:
      'The sender chooses a value within the bounds. The admin sets them: `classify.bounds`, `classify.expiresAtMostDays`.',
  },
  OPTION_LOCKED: {
    en: 'Not sent: "{option}" in {where} cannot be chosen here; it is always {locked}.',
    sv: 'Inte skickat: "{option}" i {where} går inte att välja här; det är alltid {locked}.',
    remedy: 'The sender leaves the option out. The admin locks it: `locked` in `classify.bounds`.',
  },
  MARK_NEARLY: {
    en: 'Not sent: "{found}" in {where} looks like the mark "{meant}". {hint}',
    sv: 'Inte skickat: "{found}" i {where} liknar märkningen "{meant}". {hint}',
    remedy:
      'The sender corrects the mark, or writes the word in another way. The admin can let it pass: `classify.nearMissExceptions`.',
  },
  MARK_MISPLACED: {
    en: 'Not sent: the mark "{found}" stands in the middle of the subject. Put it first or last.',
    sv: 'Inte skickat: märkningen "{found}" står mitt i ämnet. Sätt den först eller sist.',
    remedy: 'The sender moves the mark to the start or the end of the subject.',
  },
  MARK_UNREADABLE: {
    en: 'Not sent: this mail seems to carry a mark, but it cannot be read without guessing: {what}. {hint}',
    sv: 'Inte skickat: mejlet verkar vara märkt, men märkningen går inte att läsa utan att gissa: {what}. {hint}',
    remedy: 'The sender writes the mark anew, as in the example.',
  },
  MAIL_AMBIGUOUS: {
    en: 'Not sent: this marked mail cannot be secured, because {why}.',
    sv: 'Inte skickat: det märkta mejlet går inte att skydda ({why}).',
    remedy:
      'The sender uses another mail program. `kuvert explain` shows an admin which part is built in an unusual way; `classify.wholeMails` can let such mails pass as one file.',
  },
  MAIL_UNSUPPORTED: {
    en: 'Not sent: this marked mail cannot be secured yet, because it contains {what}.',
    sv: 'Inte skickat: det märkta mejlet går inte att skydda ännu ({what}).',
    remedy: 'The sender leaves that part out. `classify.wholeMails` can let such mails pass as one file.',
  },
  OUTSIDER_NEEDS_LOGIN: {
    en: 'Not sent: {recipients} cannot log in here. Write login=none to let them open it without a login, or leave them out.',
    sv: 'Inte skickat: {recipients} kan inte logga in här. Skriv öppen, så att de kan öppna utan inloggning, eller ta bort dem.',
    remedy:
      'The sender does as the sentence says. The admin decides whether outsiders log in by a mailed code: `outsiders`.',
  },
  OUTSIDER_REFUSED: {
    en: 'Not sent: marked mail to {recipients} is not allowed here. Leave them out, or reach them in some other way.',
    sv: 'Inte skickat: märkta mejl till {recipients} är inte tillåtna här. Ta bort dem, eller nå dem på annat sätt.',
    remedy: 'The sender reaches them in some other way. The admin decides who may receive: `outsiders`.',
  },
  LINE_ENDINGS: {
    en: 'Not accepted: the mail contains a carriage return or line feed that is not part of CRLF.',
    remedy: 'The program that sends the mail must end each line with CRLF.',
  },
  END_DISGUISED: {
    en: 'Not accepted: a line of the mail is a lone dot with NUL characters before it, which some servers take for its end.',
    remedy: 'The sender removes the NUL characters. No mail program writes such a line.',
  },
  MAIL_TOO_BIG: {
    en: 'Not accepted: the mail is larger than {limit}.',
    remedy: 'The sender sends fewer files. The admin sets the limit: `gateway.limits.mailBytes`.',
  },
  HEADER_TOO_BIG: {
    en: 'Not accepted: the header section of the mail is larger than 1 MiB.',
    remedy: 'The sender writes the mail anew, with fewer recipients in it, instead of answering an old one.',
  },
  MAIL_LOOPS: {
    en: 'Not accepted: the mail has been passed on too often; it is going round in circles.',
    remedy: 'The admin looks at the `Received` fields for two servers or forwardings that lead to each other.',
  },
  TOO_MANY_RECIPIENTS: {
    en: 'Too many recipients; send the mail to the others separately.',
    remedy: 'A mail server does that by itself. The admin sets the limit: `gateway.limits.recipients`.',
  },
  PARAMETER_UNKNOWN: {
    en: 'The parameter {parameter} is not supported.',
    remedy: 'The client must use only what the answer to EHLO announces.',
  },
  NEXT_HOP_WITHOUT_SMTPUTF8: {
    en: 'Not sent: the next mail server takes no addresses or header fields with letters beyond a-z (SMTPUTF8). Use addresses without them.',
    remedy: 'The sender uses other addresses. The admin turns SMTPUTF8 on in the next mail server.',
  },
  NEXT_HOP_WITHOUT_8BITMIME: {
    en: 'Not sent: the next mail server takes only 7-bit mail (no 8BITMIME). Let your mail program send as quoted-printable.',
    remedy: 'The sender does as the sentence says. The admin turns 8BITMIME on in the next mail server.',
  },
  NEXT_HOP_TOO_SMALL: {
    en: 'Not sent: the next mail server takes no mail larger than {limit}. Begin the subject with [{keyword}], and the files are sent as links instead.',
    remedy: 'The sender does as the sentence says. The limit is that of the next mail server.',
  },
  SCRATCH_FULL: {
    en: 'Not accepted now: there is no room to receive this mail; try again later.',
    remedy: 'The admin looks at the disk of `gateway.scratchFolder`. The mail is sent again by itself.',
  },

  AUTH_REQUIRED: {
    en: 'Not accepted: log in first, over TLS.',
    remedy:
      'The sender turns login and TLS on in the mail program. The admin lets MTAs relay without a login: `gateway.trustedNetworks`.',
  },
  TLS_REQUIRED: {
    en: 'Not accepted: log in only after STARTTLS.',
    remedy: 'The sender turns TLS (STARTTLS) on in the mail program.',
  },
  RELAY_DENIED: {
    en: 'Not accepted: log in to send mail through this server.',
    remedy:
      'There are no logins without `gateway.tls`. The admin lets MTAs relay without a login: `gateway.trustedNetworks`.',
  },
  SENDER_NOT_OWN: {
    en: 'Not accepted: {sender} is not an address of the account {account}.',
    remedy:
      'The sender uses an own address. The admin lets members send as a shared mailbox: `gateway.sendAsMailboxes`.',
  },

  TOO_MANY_CONNECTIONS: {
    en: 'Too many connections; try again later.',
    remedy:
      'A mail server tries again by itself. The admin sets the limits: `gateway.limits.connections`, `connectionsPerAddress`.',
  },
  TALKED_TOO_SOON: {
    en: 'Not accepted: the client must wait for the greeting.',
    remedy: 'Only programs that send spam do that, and those that are broken.',
  },
  NOT_HTTP: {
    en: 'This is not a web server.',
    remedy: 'A web browser was sent to the SMTP port. The portal has another one: `portal.port`.',
  },
  TOO_MANY_COMMANDS: {
    en: 'Too many commands without a login.',
    remedy:
      'The client logs in, or connects again. The admin lets MTAs relay without a login: `gateway.trustedNetworks`.',
  },
  TOO_MANY_UNKNOWN_COMMANDS: {
    en: 'Too many unknown commands.',
    remedy: 'The client does not speak SMTP, or is broken.',
  },
  COMMAND_TOO_LONG: { en: 'The command line is too long.', remedy: 'The client does not speak SMTP, or is broken.' },
  STAYED_WITHOUT_LOGIN: {
    en: 'Too much time has passed without a login.',
    remedy: 'The client connects again. The admin sets the time: `gateway.limits.strangerSeconds`.',
  },
  SILENT_TOO_LONG: {
    en: 'Nothing has been received for too long.',
    remedy: 'The client connects again. The admin sets the time: `gateway.limits.idleSeconds`, `strangerIdleSeconds`.',
  },
  TOO_SLOW: {
    en: 'The mail took too long to arrive; try again later.',
    remedy:
      'The sender sends smaller files, or uses a faster line. The admin sets the time: `gateway.limits.mailSeconds`.',
  },

  SHUTTING_DOWN: { en: 'Kuvert is being restarted; try again later.', remedy: 'A mail server tries again by itself.' },
  OUR_FAULT: {
    en: 'Not accepted now: something went wrong here ({id}); try again later.',
    remedy: 'The admin finds the cause in the log, by this id.',
  },
  NEXT_HOP_AWAY: {
    en: 'Not accepted now: the next mail server cannot be reached; try again later.',
    remedy:
      'The mail is sent again by itself. The log tells an admin why the next hop does not answer; see docs/next-hop.md.',
  },
  DATABASE_AWAY: {
    en: 'Not accepted now: the mail cannot be secured at the moment; try again later.',
    remedy:
      'The mail is sent again by itself. The log tells an admin what PostgreSQL says; `/readyz` shows when it is back.',
  },
  OBJECTS_AWAY: {
    en: 'Not accepted now: the mail cannot be stored at the moment; try again later.',
    remedy:
      'The mail is sent again by itself. The log tells an admin what the object storage says; `/readyz` shows when it is back.',
  },
  DIRECTORY_AWAY: {
    en: 'The directory cannot be reached at the moment; try again later.',
    remedy: 'The log tells an admin what the directory says.',
  },
  LOGIN_WRONG: {
    en: 'The user name or password is wrong.',
    remedy:
      'As on the computer: the same user name and password. The admin sets what counts as a user name: `directory.loginAttributes`.',
  },
  LOGIN_THROTTLED: {
    en: 'Too many failed logins; try again in {minutes} minutes.',
    remedy:
      'Wait. A program with an old password may be the cause. The admin sets the limits: `failedLogins` and its neighbours in `gateway.limits`.',
  },
} as const satisfies Record<string, Refusal>
