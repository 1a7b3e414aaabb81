import { Failure } from '#failure.ts'
import { matchesAddress } from '#mail/address-pattern.ts'
import type { Account } from '#model.ts'
import type { NextHopSession, Reply } from '#next-hop/next-hop.ts'
import { keywordOf } from '#next-hop/parameters.ts'
import type { Session, Transaction } from '#gateway/accept/client.ts'
import type { Host } from './host.ts'
import type { PathCommand } from './path-command.ts'

// RFC 1870, 6152, 6531, 3461, 4954: what we announce or must tolerate. Anything else is refused (RFC 5321 section 4.1.1.11).
const mailParameters = new Set(['SIZE', 'BODY', 'SMTPUTF8', 'RET', 'ENVID', 'AUTH'])
const recipientParameters = new Set(['NOTIFY', 'ORCPT'])

/** Puts MAIL to the next hop. Its answer is the client's; a transaction is begun where it is positive. */
export async function beginTransaction(
  { nextHop, settings }: Pick<Host, 'nextHop'> & { settings: Pick<Host['settings'], 'sendAsMailboxes'> },
  client: Session,
  command: PathCommand,
): Promise<{ reply: Reply; transaction: Transaction | null }> {
  requireKnown(command.parameters, mailParameters)
  // The null path is every account's: read receipts are sent with it (RFC 8098 section 2.1).
  if (client.account && command.address !== '' && !maySendAs(client.account, command.address, settings)) {
    throw new Failure('SENDER_NOT_OWN', { sender: command.address, account: client.account.id })
  }
  const session = await nextHop.open()
  let begun = false
  try {
    // The size does not matter to the next hop yet: the files of a marked mail never come to it.
    const parameters = command.parameters.filter(parameter => keywordOf(parameter) !== 'SIZE')
    const reply = await session.mail(command.address, parameters)
    begun = reply.code < 300
    return { reply, transaction: begun ? transactionOf(client, command, session) : null }
  } finally {
    if (!begun) session.release()
  }
}

/** A member may read what comes to a group. That gives no right to write in its name, unless the admin says so. */
function maySendAs(
  { addresses, mailboxes }: Account,
  sender: string,
  { sendAsMailboxes }: Pick<Host['settings'], 'sendAsMailboxes'>,
): boolean {
  const address = sender.toLowerCase()
  if (addresses.includes(address)) return true
  return mailboxes.includes(address) && sendAsMailboxes.some(pattern => matchesAddress(pattern, address))
}

function transactionOf(client: Session, { address, parameters }: PathCommand, nextHop: NextHopSession): Transaction {
  const id = `${client.id}.${++client.mails}`
  return { id, sender: address, parameters, recipients: [], nextHop, abandoned: false }
}

/** Puts RCPT to the next hop. Its answer is the client's. */
export async function addRecipient(
  transaction: Transaction,
  command: PathCommand,
  maxRecipients: number,
): Promise<Reply> {
  requireKnown(command.parameters, recipientParameters)
  if (transaction.recipients.length >= maxRecipients) throw new Failure('TOO_MANY_RECIPIENTS')
  const reply = await transaction.nextHop.rcpt(command.address, command.parameters)
  if (reply.code < 300) transaction.recipients.push({ address: command.address, parameters: command.parameters })
  return reply
}

/** Ends the transaction, if there is one, at the next hop as well. */
export function endTransaction(session: Session): void {
  session.mail?.nextHop.release()
  session.mail = undefined
}

function requireKnown(parameters: string[], known: Set<string>): void {
  const unknown = parameters.find(parameter => !known.has(keywordOf(parameter)))
  if (unknown !== undefined) throw new Failure('PARAMETER_UNKNOWN', { parameter: keywordOf(unknown).slice(0, 40) })
}
