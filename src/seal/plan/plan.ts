import { Failure } from '#failure.ts'
import { editSummary } from './calendar-summary.ts'
import type { Edit } from './edits.ts'
import { decideFates, type Fates } from './fates.ts'
import { editHeader, type HeaderChanges } from './header-edits.ts'
import { planFiles, withDistinctNames, type Measure } from './plan-files.ts'
import { mailAsFile, planNotice, planWhole, type PlanSettings } from './plan-whole.ts'
import { keptImages } from './kept-images.ts'
import { findProtection, type Protection } from './protection.ts'
import { removedTags } from './removed-tags.ts'
import { withoutSlots, withSlots, type Kept } from './slim-mail.ts'
import { surveyBody, type BodySurvey } from './survey-body.ts'
import { measureDecoded } from '#mail/transfer-encoding.ts'
import { BrokenEncoding } from '#mail/broken-encoding.ts'
import type { MailSource } from '#mail/mail-source.ts'
import { leaves, type Part } from '#mail/part.ts'
import type { Plan } from '#model.ts'

/** What was asked for. `hasOtherFiles` where the message has files that never were in the mail. */
export type Marked = HeaderChanges & { private: boolean; hasOtherFiles?: boolean }

/**
 * Decides what becomes of each part of a marked mail that `split` has read; does nothing yet. Every leaf is
 * kept in the slim mail, or is a file, or is in the file of a sealed text; where in doubt, sealed. Throws
 * `MAIL_UNSUPPORTED` for a signed or encrypted mail where the settings refuse those.
 */
export async function plan(
  settings: PlanSettings,
  mail: { root: Part; source: MailSource },
  marked: Marked,
  measure: Measure = measureDecoded,
): Promise<Plan> {
  const { root, source } = mail
  const protection = findProtection(root)
  if (protection) return planWhole(settings, { ...root, source }, marked, cannotChange(protection))
  const fates = decideFates(root)
  const bodies = await surveyBodies(source, fates)
  if (bodies.protection) return planWhole(settings, { ...root, source }, marked, cannotChange(bodies.protection))

  const taken = async (images: Part[]) => {
    const parts = new Set([...fates.texts, ...images])
    const kept: Kept = { root, source, parts, texts: bodies.surveys, always: editHeader(root, marked) }
    const detached = leaves(root).filter(leaf => !parts.has(leaf))
    return { kept, files: await planFiles(source, detached, measure) }
  }
  const shown = fates.images.filter(({ contentId }) => bodies.shows.has(contentId!))
  if (!marked.private && !bodies.mustBeSealed) {
    const { kept, files } = await taken(await keptImages(source, shown, settings.inlineImageKiB))
    const hasFiles = files.length > 0 || marked.hasOtherFiles
    const calendars = await editCalendars(source, fates, removedTags(root.fields, marked.changedSubject))
    const always = [...kept.always, ...(calendars ?? [])]
    const found = hasFiles && calendars ? await withSlots({ ...kept, always }, settings.linkBlock) : null
    if (found) return { copy: 'detach', files: withDistinctNames(files), ...found }
  }
  // In a sealed text, all images that it shows may stay.
  const { kept, files } = await taken(shown)
  return planNotice(root, marked, [mailAsFile('body', withoutSlots(kept)), ...files])
}

/** Null if a calendar cannot be changed. */
async function editCalendars(source: MailSource, { texts }: Fates, tags: string[]): Promise<Edit[] | null> {
  const edits: Edit[] = []
  const calendars = texts.filter(text => text.contentType.value === 'text/calendar')
  for (const calendar of tags.length > 0 ? calendars : []) {
    const found = await editSummary(source, calendar, tags)
    if (!found) return null
    edits.push(...found)
  }
  return edits
}

function cannotChange(what: Protection) {
  return { kind: 'protected', why: new Failure('MAIL_UNSUPPORTED', { what }) } as const
}

interface Bodies {
  surveys: Map<Part, BodySurvey>
  protection: Protection | null
  /** True where a text is not what it seems: it does not decode strictly, or holds a file. */
  mustBeSealed: boolean
  /** Content-IDs of images that the texts show. */
  shows: Set<string>
}

async function surveyBodies(source: MailSource, fates: Fates): Promise<Bodies> {
  const wanted = new Set(fates.images.flatMap(image => image.contentId ?? []))
  const bodies: Bodies = { surveys: new Map(), protection: null, mustBeSealed: false, shows: new Set() }
  for (const part of fates.texts) {
    try {
      const survey = await surveyBody(source, part, part.contentType.value === 'text/html' ? wanted : new Set())
      bodies.surveys.set(part, survey)
      bodies.protection ??= survey.protection
      bodies.mustBeSealed ||= survey.carriesFile
      for (const id of survey.shows) bodies.shows.add(id)
    } catch (error) {
      if (!(error instanceof BrokenEncoding)) throw error
      bodies.mustBeSealed = true
    }
  }
  return bodies
}
