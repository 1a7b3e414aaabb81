import { afterAll, expect, test } from 'vitest'
import { isFailure } from '#failure.ts'
import { oddMails } from '../support/odd-mails.ts'
import { disagreements } from './compare.ts'
import { hasPython, startPythonReader } from './python-reader.ts'

const python = hasPython() ? startPythonReader() : null
if (!python) console.log('Skipped, because python3 is missing: what its email package finds in odd mails')
afterAll(() => python?.close())

const neverDecoded = {
  what: ['compat32: files', 'default: files'],
  why: 'Python never decodes a message/rfc822, whose encoding RFC 2046 section 5.2.1 does not allow; clients that write it mean it.',
}
const digest = {
  what: ['mailparser: files', 'mailparser: texts'],
  why: 'mailparser takes a part without a type for a text also where RFC 2046 section 5.1.5 makes it a mail; Python agrees with us.',
}

/** What the readers see in another way, and why that is right. */
const explained: Record<string, { what: string[]; why: string }> = {
  'a mail in base64': neverDecoded,
  'a mail in base64 in a mail in base64': neverDecoded,
  'an encoding with a blank behind it': {
    what: ['compat32: files', 'default: files'],
    why: 'Python knows no encoding "base64 ", with a blank behind it, and leaves the image encoded.',
  },
  'a digest of two mails': digest,
  'a digest in a digest, with empty parts': digest,
  'a boundary folded within its quotes': {
    what: ['compat32: files'],
    why: 'compat32 does not unfold such a boundary, and finds no parts at all, in the copy neither.',
  },
  'a boundary without quotes that needs them': {
    what: ['default: files'],
    why: 'The default policy ends such a boundary at its first sign, and finds no parts at all; the others read all of it.',
  },
}

const noField = 'Not sent: this marked mail cannot be secured, because a line of a header is no header field.'
const blankLine = (field: string) =>
  'Not sent: this marked mail cannot be secured, because a header has a line of blanks only, ' +
  `below ${field}. Remove the blanks at the end of the subject and of names, and send it again.`

/** Those of which not even a notice would be clear: some readers see a text where others see more of the header. */
const refused: Record<string, string> = {
  'a line of blanks instead of the end of the header': blankLine('Content-Type'),
  'a line of blanks among header fields': blankLine('From'),
  'a header that ends without an empty line': noField,
  'a text where the header should be': noField,
  'the syntax of 1982':
    'Not sent: this marked mail cannot be secured, because there is a blank before the colon of a From field.',
}

test.each(Object.entries(oddMails))('readers of others find the same in what becomes of %s', async (name, bytes) => {
  for (const marked of [{}, { private: true }]) {
    const found = await disagreements(python, bytes, marked).catch((error: unknown) => {
      if (isFailure(error)) return error.message
      throw error
    })
    const wanted = explained[name]?.what ?? []
    expect(found).toEqual(refused[name] ?? (python ? wanted : wanted.filter(each => each.startsWith('mailparser'))))
  }
})
