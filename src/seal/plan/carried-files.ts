/** Looks for files that are written into a text. */
export interface CarriedFileSearch {
  /** Takes the next characters of the decoded text, one for each unit of its charset. */
  write(text: string): void
  /** True if a file was found. */
  end(): boolean
}

/** Longer than the start of any form, also if a calendar folds it after each character. */
const overlapCharacters = 1200

/** A line of its own, also one that is quoted or that stands behind a tag. */
const lineStart = '(?:[\\r\\n]|>[ \\t]?)'
const uuencode = `${lineStart}begin(?:-base64)?(?:-encoded)?[ \\t]{1,20}[0-7]{3,6}[ \\t]{1,20}[^\\s]`
const yEnc = `${lineStart}=ybegin[ \\t]`
const binHex = `${lineStart}\\(This file must be converted with BinHex`
/** RFC 2397. Only images that mail programs show may stay. A colon and a comma alone are prose. */
const notShown = '(?!image/(?:gif|png|jpe?g|webp)\\s{0,20}[;,])'
const parameters = '(?:\\s{0,20};\\s{0,20}(?!base64)[\\w.+-]{1,100}=[^\\s;,"\'<>]{0,200}){0,10}'
const typed = `[\\w.+-]{1,100}/[\\w.+-]{1,100}${parameters}(?:\\s{0,20};\\s{0,20}base64)?`
const dataLink = `\\bdata:\\s{0,20}${notShown}(?:${typed}|${parameters}\\s{0,20};\\s{0,20}base64)\\s{0,20},`
const inText = new RegExp([uuencode, yEnc, binHex, dataLink].join('|'), 'i')

/** RFC 5545 sections 3.2.7 and 3.3.1, RFC 7986 section 5.10, and vCalendar 1.0: the bytes stand in the property. */
const inCalendar = /;\s?(?:encoding="?b(?:ase64)?\b|value="?binary\b)/i

/**
 * Searches a text for files in every form that Kuvert knows: uuencode, yEnc, BinHex, data links of other types than
 * the images that may stay, and, in a calendar, properties that hold bytes. Finds a form wherever the text is cut.
 */
export function searchCarriedFiles(mediaType: string): CarriedFileSearch {
  const isCalendar = mediaType === 'text/calendar'
  let recent = '\n'
  let found = false
  return {
    write(text) {
      const seen = recent + text
      found ||= inText.test(seen)
      if (isCalendar && !found) found = hasBytes(seen)
      recent = seen.slice(-overlapCharacters)
    },
    end: () => found,
  }
}

/** Lines of a calendar may be folded anywhere (RFC 5545 section 3.1). */
function hasBytes(calendar: string): boolean {
  const unfolded = calendar.replace(/\r?\n[ \t]/g, '')
  return inCalendar.test(unfolded) || inText.test(unfolded)
}
