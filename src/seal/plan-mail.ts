import { Failure } from '#failure.ts'
import type { HeaderField, HeaderSection } from '#mail/header-fields.ts'
import type { MailSource } from '#mail/mail-source.ts'
import type { Part } from '#mail/part.ts'
import type { Plan } from '#model.ts'
import { noteNothing, type NoteStep } from '#observe/steps.ts'
import type { Measure } from '#seal/plan/plan-files.ts'
import { plan, type Marked } from '#seal/plan/plan.ts'
import { planWhole, type PlanSettings } from '#seal/plan/plan-whole.ts'
import { readBack } from '#seal/plan/read-back.ts'
import { split, splitMail } from '#seal/split/split.ts'

export interface PlannedMail {
  /** Of the mail's header. */
  fields: HeaderField[]
  /** Null if the parts of the mail cannot be told, so that it is sealed whole; `why` says why not. */
  root: Part | null
  why: Failure | null
  plan: Plan
}

/**
 * Decides what becomes of a marked mail, and reads the slim mail back before anybody relies on it. A mail whose parts
 * readers may see differently is sealed whole. `header` is the mail's, if it has been read already. Throws
 * `MAIL_AMBIGUOUS` if not even the header is clear, that or `MAIL_UNSUPPORTED` if the settings refuse to seal it whole, and
 * an Error if the plan would leave something behind.
 */
export async function planMail(
  settings: PlanSettings,
  source: MailSource,
  marked: Marked,
  { header: given, measure, noteStep = noteNothing }: Reading = {},
): Promise<PlannedMail> {
  noteStep('split')
  const { header, fields, root: found } = await splitMail(source, { header: given })
  const [root, why] = found instanceof Failure ? [null, found] : [found, null]
  noteStep('plan')
  const planned = root
    ? await plan(settings, { root, source }, marked, measure)
    : planWhole(settings, { header, fields, source }, marked, { kind: 'mail', why })
  noteStep('read back')
  await readBack({ header, root, source }, planned, { split, inlineImageKiB: settings.inlineImageKiB })
  return { fields, root, why, plan: planned }
}

interface Reading {
  header?: HeaderSection
  measure?: Measure
  noteStep?: NoteStep
}
