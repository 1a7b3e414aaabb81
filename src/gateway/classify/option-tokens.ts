import { withoutAccents } from './spelling.ts'

/** A word, an equals sign or colon, or a comma or semicolon. */
export interface Token {
  kind: 'word' | 'assign' | 'separator'
  /** As it is compared: lower case, without accents and quotation marks. */
  word: string
  /** Where it stands in `text`. */
  start: number
  end: number
}

export interface Tokens {
  /** What the tokens were read from: full-width forms have become plain ones, invisible characters are gone. */
  text: string
  tokens: Token[]
}

/** Takes the text of options apart. Takes time in proportion to the text. */
export function tokensOf(written: string): Tokens {
  const text = written.normalize('NFKC').replace(/[\p{Default_Ignorable_Code_Point}\p{Cf}]+/gu, '')
  const tokens = [...text.matchAll(/[,;]|[=:]|\+|[^\s,;=:+]+/gu)].map(match => {
    const [found] = match
    const kind = /[,;]/.test(found) ? 'separator' : /[=:]/.test(found) ? 'assign' : 'word'
    const word = withoutAccents(found).replace(/^["'“”’]|["'“”’]$/g, '')
    return { kind, word, start: match.index, end: match.index + found.length } as const
  })
  return { text, tokens }
}
