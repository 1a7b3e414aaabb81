import type { Readable } from 'node:stream'
import type { FastifyRequest } from 'fastify'
import { formOf } from './fields-of.ts'

/** A file that came with a form. */
export interface FormFile {
  /** As the browser says; not to be trusted. */
  name: string
  mediaType: string
  /** Must be read to its end. */
  bytes: Readable
}

/** Of all fields together: more than the longest text, with every letter of it encoded. */
const maxFieldBytes = 4 * 1024 * 1024

/**
 * The fields of a posted form, whatever way it was encoded. Files are handed on one by one while they arrive; a field for
 * files in which nothing was chosen is no file. What is there twice is a list. Throws what the parser throws for forms that
 * are larger than any of ours.
 */
export async function readForm(
  request: FastifyRequest,
  onFile: (file: FormFile) => Promise<void>,
): Promise<Record<string, unknown>> {
  if (!request.isMultipart()) return formOf(request)
  const form: Record<string, unknown> = Object.create(null) as Record<string, unknown>
  let bytes = 0
  for await (const part of request.parts()) {
    if (part.type === 'field') {
      bytes += Buffer.byteLength(String(part.value))
      if (bytes > maxFieldBytes) throw new request.server.multipartErrors.FieldsLimitError()
      const before = form[part.fieldname]
      form[part.fieldname] = before === undefined ? part.value : [before, part.value].flat()
    } else if (!part.filename) part.file.resume()
    else await onFile({ name: part.filename, mediaType: part.mimetype, bytes: part.file })
  }
  return form
}
