import { isFailure, Failure } from '#failure.ts'
import type { HeaderField } from '#mail/header-fields.ts'
import type { MailSource } from '#mail/mail-source.ts'
import type { Part } from '#mail/part.ts'
import type { Plan } from '#model.ts'
import { noteNothing, type NoteStep } from '#observe/steps.ts'
import type { Settings } from '#settings/schema.ts'
import type { Measure } from '#seal/plan/plan-files.ts'
import { plan, type Marked } from '#seal/plan/plan.ts'
import { planWhole, type PlanSettings } from '#seal/plan/plan-whole.ts'
import { readBack } from '#seal/plan/read-back.ts'
import { readMailHeader } from '#seal/split/read-mail-header.ts'
import { split } from '#seal/split/split.ts'

export interface PlannedMail {
  /** Of the mail's header. */
  fields: HeaderField[]
  /** Null where the parts of the mail cannot be told, so that it is sealed whole. */
  root: Part | null
  plan: Plan
}

/** How mails are planned here, from the parts of the configuration that say it. */
export function planSettings(
  classify: Pick<Settings['classify'], 'wholeMails' | 'inlineImages'>,
  courier: Pick<Settings['courier'], 'linkBlock'>,
): PlanSettings {
  const { wholeMails, inlineImages } = classify
  return { linkBlock: courier.linkBlock, wholeMails, inlineImageKiB: inlineImages.maxKiB }
}

/**
 * Decides what becomes of a marked mail, and reads the slim mail back before anybody relies on it. A mail whose parts
 * readers may see differently is sealed whole. Throws `MAIL_AMBIGUOUS` where not even its header is clear, that or
 * `MAIL_UNSUPPORTED` where the settings refuse to seal it whole, and an Error where the plan would leave something behind.
 */
export async function planMail(
  settings: PlanSettings,
  source: MailSource,
  marked: Marked,
  { measure, noteStep = noteNothing }: { measure?: Measure; noteStep?: NoteStep } = {},
): Promise<PlannedMail> {
  noteStep('split')
  const top = await readMailHeader(source)
  const found = await splitClearly(source)
  const root = found instanceof Failure ? null : found
  noteStep('plan')
  const planned =
    found instanceof Failure
      ? planWhole(settings, { ...top, source }, marked, { kind: 'mail', why: found })
      : await plan(settings, { root: found, source }, marked, measure)
  noteStep('read back')
  await readBack({ header: top.header, root, source }, planned, { split, inlineImageKiB: settings.inlineImageKiB })
  return { fields: top.fields, root, plan: planned }
}

async function splitClearly(source: MailSource): Promise<Part | Failure> {
  try {
    return await split(source)
  } catch (error) {
    if (isFailure(error, 'MAIL_AMBIGUOUS', 'MAIL_UNSUPPORTED')) return error
    throw error
  }
}
