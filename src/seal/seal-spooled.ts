import { BrokenEncoding } from '#mail/broken-encoding.ts'
import type { HeaderSection } from '#mail/header-fields.ts'
import type { MailSource } from '#mail/mail-source.ts'
import { guessDecoded, measureDecoded } from '#mail/transfer-encoding.ts'
import type { Plan, StoredFile, StoredSlim } from '#model.ts'
import type { Objects } from '#objects/objects.ts'
import { noteNothing, type NoteStep } from '#observe/steps.ts'
import { planMail } from './plan-mail.ts'
import type { Measure } from '#seal/plan/plan-files.ts'
import type { PlanSettings } from '#seal/plan/plan-whole.ts'
import type { Marked } from '#seal/plan/plan.ts'
import { withReceived } from '#seal/plan/with-received.ts'
import { senderName } from '#seal/store/sender-name.ts'
import { store } from '#seal/store/store.ts'

/** What is to become of a mail, as plain data. */
export interface SealWishes {
  settings: PlanSettings
  marked: Marked
  /** The envelope's. */
  sender: string
  /** The mail's, if it has been read already. */
  header?: HeaderSection
  /** The Received field that is put on top. */
  received: Uint8Array
  /** 32 bytes. */
  messageKey: Uint8Array
}

/** What has become of it, as plain data: it is stored, and nothing points to it yet. */
export interface SealedParts {
  senderName: string
  private: boolean
  copy: Plan['copy']
  slots: Plan['slots']
  slim: StoredSlim
  files: StoredFile[]
}

/** Splits, plans and stores a marked mail. Throws what `planMail` and `store` throw; nothing is then left in the storage. */
export async function sealSpooled(
  objects: Objects,
  source: MailSource,
  wishes: SealWishes,
  noteStep = noteNothing,
): Promise<SealedParts> {
  const sealing = { objects, source, wishes, noteStep }
  try {
    return await seal(sealing, guessDecoded)
  } catch (error) {
    // A part is not what its ends look like: it is read once more to plan with.
    if (error instanceof BrokenEncoding) return seal(sealing, measureDecoded)
    throw error
  }
}

interface Sealing {
  objects: Objects
  source: MailSource
  wishes: SealWishes
  noteStep: NoteStep
}

async function seal({ objects, source, wishes, noteStep }: Sealing, measure: Measure): Promise<SealedParts> {
  const { settings, marked, header, sender, received, messageKey } = wishes
  const { fields, plan } = await planMail(settings, source, marked, { header, measure, noteStep })
  noteStep('store')
  const planned = withReceived(plan, Buffer.from(received))
  const stored = await store(objects, Buffer.from(messageKey), source, planned)
  return {
    senderName: senderName(fields, sender),
    private: planned.files.some(file => file.kind === 'body'),
    copy: planned.copy,
    slots: planned.slots,
    ...stored,
  }
}
