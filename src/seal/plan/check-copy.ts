import { decideFates } from './fates.ts'
import { keptImages } from './kept-images.ts'
import { isEmptyEpilogue, marginsOf } from './margins.ts'
import { surveyBody } from './survey-body.ts'
import type { MailSource } from '#mail/mail-source.ts'
import { allParts, isMultipart, type Part } from '#mail/part.ts'

/**
 * Makes sure that no part of a copy, and no form of encoding in it, carries a file: planned once more, nothing of the
 * copy would be taken out. Small images that its HTML shows are the one exception. Throws an Error otherwise.
 */
export async function checkCarriesNoFile(
  { root, source }: { root: Part; source: MailSource },
  inlineImageKiB: number,
): Promise<void> {
  for (const part of allParts(root)) if (isMultipart(part)) await checkMargins(source, part)
  const { texts, images, detached } = decideFates(root)
  const [file] = detached
  if (file) throw new Error(`The slim mail has a ${file.contentType.value} that is a file`)
  const wanted = new Set(images.map(image => image.contentId!))
  const shows = new Set<string>()
  for (const text of texts) {
    const survey = await surveyBody(source, text, wanted)
    if (survey.carriesFile) throw new Error(`The slim mail has a ${text.contentType.value} that carries a file`)
    for (const id of survey.shows) shows.add(id)
  }
  const shown = images.filter(({ contentId }) => shows.has(contentId!))
  const kept = await keptImages(source, shown, inlineImageKiB)
  const image = images.find(each => !kept.includes(each))
  if (image) throw new Error(`The slim mail has an ${image.contentType.value} that is a file`)
}

async function checkMargins(source: MailSource, multipart: Part): Promise<void> {
  const { preamble, epilogue } = marginsOf(multipart)
  if (preamble.end > preamble.start || !(await isEmptyEpilogue(source, epilogue)))
    throw new Error('The slim mail has text outside of its parts')
}
