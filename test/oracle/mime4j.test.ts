import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { isFailure } from '#failure.ts'
import { disagreements } from './compare.ts'
import { hasPython, startPythonReader } from './python-reader.ts'

/** Odd and broken mails of others, beside the checkout; they are not part of the project. */
const folder = join(import.meta.dirname, '../../../shared/mail/mime4j')
const names = existsSync(folder) ? readdirSync(folder).filter(name => name.endsWith('.msg')) : []
const python = hasPython() ? startPythonReader() : null
if (names.length === 0 || !python)
  console.log(
    'Skipped, because python3 or a folder is missing: what others find in the odd mails of shared/mail/mime4j',
  )
afterAll(() => python?.close())

const neverDecoded = {
  what: ['compat32: files', 'default: files'],
  why: 'Python never decodes a message/rfc822, whose encoding RFC 2046 section 5.2.1 does not allow; clients that write it mean it.',
}
const foldedBoundary = {
  what: ['compat32: files'],
  why: 'compat32 does not unfold a boundary that is folded within its quotes, and finds no parts at all, in the copy neither.',
}
const digest = ['mailparser: files', 'mailparser: texts']

/** What the readers see in another way, and why that is right. */
const explained: Record<string, { what: string[]; why: string }> = {
  'bad-newlines-multiple-parts-base64.msg': neverDecoded,
  'base64encoded-rfc822message.msg': neverDecoded,
  'base64encoded-rfc822message-nested.msg': neverDecoded,
  'multi-2gifs-base64.msg': neverDecoded,
  'twopart.msg': {
    what: ['compat32: files', 'default: files'],
    why: 'Python knows no encoding "base64 ", with a blank behind it, and leaves the image encoded.',
  },
  'multi-badnames.msg': foldedBoundary,
  'multi-clen.msg': foldedBoundary,
  'multi-digest.msg': {
    what: [...foldedBoundary.what, ...digest],
    why: 'The boundary is folded, and mailparser takes a part without a type for a text also in a digest (RFC 2046 section 5.1.5).',
  },
  'multipartdigestnestedemptyparts.msg': {
    what: digest,
    why: 'mailparser takes a part without a type for a text also where RFC 2046 section 5.1.5 makes it a mail; Python agrees with us.',
  },
}

const noField = 'Not sent: this marked mail cannot be secured, because a line of a header is no header field.'
const blankLine = (field: string) =>
  'Not sent: this marked mail cannot be secured, because a header has a line of blanks only, ' +
  `below ${field}. Remove the blanks at the end of the subject and of names, and send it again.`

/** Those of which not even a notice would be clear: some readers see a text where others see more of the header. */
const refused: Record<string, string> = {
  'basic-plain-with-bad-header-separator.msg': blankLine('Date'),
  'hdr-fakeout.msg': blankLine('Organization'),
  'obsolete.msg': blankLine('Subject'),
  'malformedHeader-nocrlfcrlf.msg': noField,
  'malformedHeader-noheader.msg': noField,
  'malformedHeaderStartsBody-nocrlfcrlf.msg': noField,
  'malformedHeaderStartsBody-noheader.msg': noField,
}

test.skipIf(names.length === 0 || !python).each(names)(
  'readers of others find the same in what becomes of %s',
  async name => {
    const text = readFileSync(join(folder, name), 'latin1')
      .replace(/\r\n?|\n/g, '\r\n')
      .replace(/^From .*\r\n/, '')
    const bytes = Buffer.from(text.endsWith('\r\n') ? text : `${text}\r\n`, 'latin1')
    for (const marked of [{}, { private: true }]) {
      const found = await disagreements(python, bytes, marked).catch((error: unknown) => {
        if (isFailure(error)) return error.message
        throw error
      })
      expect(found).toEqual(refused[name] ?? explained[name]?.what ?? [])
    }
  },
)
