/** Letters and signs without a decomposition of their own, by what is written for them. */
const groups: [ascii: string, characters: string][] = [
  ['-', '‐‑‒–—―−'],
  ["'", '‘’‚‛´'],
  ['"', '“”„«»'],
  ['*', '•'],
  ['.', '·'],
  ['x', '×'],
  ['EUR', '€'],
  ['ae', 'æ'],
  ['AE', 'Æ'],
  ['o', 'ø'],
  ['O', 'Ø'],
  ['oe', 'œ'],
  ['OE', 'Œ'],
  ['ss', 'ß'],
  ['d', 'đð'],
  ['D', 'ĐÐ'],
  ['th', 'þ'],
  ['Th', 'Þ'],
  ['l', 'ł'],
  ['L', 'Ł'],
  ['i', 'ı'],
  ['(c)', '©'],
  ['(r)', '®'],
]

const nearest = new Map(groups.flatMap(([ascii, characters]) => Array.from(characters, each => [each, ascii] as const)))

/** Text with the nearest ASCII (é e, – -) for all else; an underscore, never a question mark, where there is none. */
export function nearestAscii(text: string): string {
  return text
    .replace(/\P{ASCII}/gu, character => nearest.get(character) ?? character)
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/\P{ASCII}/gu, '_')
}
