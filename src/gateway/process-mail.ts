import type { HeaderSection } from '#mail/header-fields.ts'
import type { ReserveSlots } from '#seal/local-dispatch.ts'
import type { Reply } from '#next-hop/next-hop.ts'
import type { Chunks } from '#platform/chunks.ts'
import { announcedBytes } from '#next-hop/parameters.ts'
import { noteSteps, type NoteStep } from '#observe/steps.ts'
import type { Dependencies } from '#dependencies.ts'
import { classify, type Classified } from '#gateway/classify/classify.ts'
import { arrivedOf } from '#gateway/data/arrived.ts'
import { readArrivingMail, type ArrivingMail } from '#gateway/data/arriving-mail.ts'
import { ClientGone, type Client, type Transaction } from '#gateway/accept/client.ts'
import type { HeaderRoom } from '#gateway/data/header-room.ts'
import { receivedField } from '#gateway/data/received-field.ts'
import type { Spool, SpooledMail } from '#gateway/data/spool.ts'
import { relay } from '#gateway/relay/relay.ts'
import { sealMail } from '#seal/seal-mail.ts'

/** What the gateway works with: closing it is not its affair. */
export type GatewayDeps = Omit<Dependencies, 'close'> & { reserveSlots: ReserveSlots | null }

/** And what the mails of one gateway share. */
type MailDeps = GatewayDeps & { headerRoom: HeaderRoom; spool: Spool }

type Marked = Extract<Classified, { marked: true }>

/** The path of one mail that comes in; each step is the folder of the same name. Returns the final SMTP answer. */
export async function processMail(
  deps: MailDeps,
  client: Client,
  transaction: Transaction,
  stream: Chunks,
): Promise<Reply> {
  const noteStep = noteSteps(deps.log, { mail: transaction.id })
  const { makeRoom, leave } = deps.headerRoom.enter()
  try {
    noteStep('receive')
    const mail = await readArrivingMail(stream, { ...deps.settings.gateway.limits, makeRoom })
    const reply = await processArrived(deps, { client, transaction, mail, noteStep })
    noteStep('answer', { code: reply.code })
    return reply
  } finally {
    leave()
  }
}

interface Arrived {
  client: Client
  transaction: Transaction
  mail: ArrivingMail
  noteStep: NoteStep
}

async function processArrived(deps: MailDeps, { client, transaction, mail, noteStep }: Arrived): Promise<Reply> {
  const { gateway } = deps.settings
  const received = receivedField(gateway.hostname, client, transaction, new Date())
  noteStep('classify')
  const arrived = arrivedOf(transaction, mail)
  const early = classify(deps.settings, arrived, new Date())
  const keyword = deps.settings.classify.keywords[0]!
  if (!early.marked && early.decideAtBytes === null) {
    noteStep('relay')
    const sizeBytes = announcedBytes(transaction.parameters)
    return await relay(transaction.nextHop, { received, bytes: mail.bytes(), sizeBytes, keyword })
  }
  noteStep('spool')
  const spooled = await deps.spool.take(mail.bytes())
  try {
    // A rule may mark a mail by its size, which is only known now.
    const classified = early.marked
      ? early
      : classify(deps.settings, { ...arrived, sizeBytes: spooled.sizeBytes, complete: true }, new Date())
    if (!classified.marked) {
      noteStep('relay')
      const { sizeBytes } = spooled
      const bytes = copied(spooled.source.stream({ start: 0, end: sizeBytes }))
      return await relay(transaction.nextHop, { received, bytes, sizeBytes, keyword })
    }
    transaction.nextHop.release()
    noteStep('seal', { sizeBytes: spooled.sizeBytes })
    const { fields, malformedLines } = arrived
    const header = { fields, malformedLines }
    const toSeal = { client, transaction, header, received, spooled, marked: classified, noteStep }
    return await deps.whenFree(() => sealMarked(deps, toSeal))
  } finally {
    await spooled.close()
  }
}

/** A line that breaks may still hold what it was given when the mail is closed, and its memory is used for another. */
async function* copied(blocks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const block of blocks) yield Buffer.from(block)
}

interface ToSeal {
  client: Client
  transaction: Transaction
  header: HeaderSection
  received: Buffer
  spooled: SpooledMail
  marked: Marked
  noteStep: NoteStep
}

async function sealMarked(deps: GatewayDeps, toSeal: ToSeal): Promise<Reply> {
  const { client, transaction, header, received, spooled, marked, noteStep } = toSeal
  const requireClient = () => {
    if (transaction.abandoned) throw new ClientGone('The client went away before its mail was sealed.')
  }
  // It may have waited long for its turn; a client that has given up will send the mail again.
  requireClient()
  const { sender, parameters, recipients } = transaction
  const { subject, options, changedSubject, removeFields } = marked
  const sealed = await sealMail(
    deps,
    {
      mail: spooled.whereabouts,
      header,
      received,
      envelope: { sender, parameters, recipients },
      senderAccount: client.account?.id ?? null,
      address: client.remoteAddress,
      subject,
      options,
      changedSubject,
      removeFields,
      mac: spooled.mac,
      beforeCommit: requireClient,
    },
    noteStep,
  )
  const { messageId: message, ...counts } = sealed
  if (counts.recipients > 0) deps.log.info({ message, ...counts }, 'a marked mail is sealed')
  else deps.log.info({ message }, 'a marked mail came again, and has been sealed already')
  return { code: 250, lines: [`2.0.0 Secured as ${message}`] }
}
