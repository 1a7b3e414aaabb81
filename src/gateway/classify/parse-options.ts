import { Failure } from '#failure.ts'
import { quoted } from '#texts/quoted.ts'
import type { Words } from '#texts/words.ts'
import { optionRecords, type Choice, type OptionName } from '#options/option-records.ts'
import { matchAlone, matchKey, matchPhrase, matchValue, type Match } from './match-options.ts'
import { hintFor } from './option-hints.ts'
import { tokensOf, type Token, type Tokens } from './option-tokens.ts'
import type { Place } from './place.ts'

/** What was understood; where not all was, the refusal of the first thing that was not. */
export interface ParsedOptions {
  choices: Choice[]
  problem: (() => Failure) | null
  /** Whether these are options and nothing else, even where a value is one that no mail can have. */
  known: boolean
}

/**
 * Reads options in English and Swedish, in any case and order, separated by commas, semicolons or blanks.
 * `place` is where they stand, for sentences; undefined where only `known` is asked for. Never throws; takes time in
 * proportion to the text.
 */
export function parseOptions(written: string, place?: Place): ParsedOptions {
  const read = tokensOf(written)
  const choices: Choice[] = []
  for (let at = 0; at < read.tokens.length;) {
    if (read.tokens[at]!.kind === 'separator') {
      at += 1
      continue
    }
    const match = matchOption(read.tokens, at)
    if (match === undefined) return { choices, problem: () => unknown(read, at, place), known: false }
    const taken = sliceOf(read, at, match.count)
    if ('outside' in match) {
      const details = { option: quoted(taken), where: place?.where ?? '', bounds: match.outside }
      return { choices, problem: () => new Failure('OPTION_OUT_OF_BOUNDS', details), known: true }
    }
    choices.push({ ...match.setting, written: taken })
    at += match.count
  }
  return { choices, problem: null, known: choices.length > 0 }
}

function matchOption(tokens: Token[], at: number): Match | undefined {
  const option = matchKey(tokens[at])
  const assigned = tokens[at + 1]?.kind === 'assign'
  if (option !== undefined && (assigned || !isFlagBeforePhrase(option, tokens, at))) {
    const before = assigned ? 2 : 1
    const match = matchValue(option, tokens, at + before)
    if (match) return { ...match, count: match.count + before }
  }
  if (assigned) return undefined
  return matchPhrase(tokens, at) ?? matchAlone(tokens, at)
}

/** In `private no login` the `no` belongs to what follows. */
function isFlagBeforePhrase(option: OptionName, tokens: Token[], at: number): boolean {
  return optionRecords[option].isFlag && matchPhrase(tokens, at + 1) !== undefined
}

function unknown(read: Tokens, at: number, place: Place | undefined): Failure {
  const assigned = read.tokens[at + 1]?.kind === 'assign'
  const option = quoted(sliceOf(read, at, assigned ? 3 : 1))
  const { hint, options } = hintFor(read.tokens[at]!.word, matchKey(read.tokens[at]))
  const [where, example] = place ? [place.where, place.example(options)] : ['', '']
  return new Failure('OPTION_UNKNOWN', { option, where, hint: withExample(hint), example })
}

function withExample({ en, sv }: Words): Words {
  return { en: `${en} Example: {example}`, sv: `${sv} Exempel: {example}` }
}

function sliceOf({ text, tokens }: Tokens, at: number, count: number): string {
  const last = tokens[Math.min(at + count, tokens.length) - 1]!
  return text.slice(tokens[at]!.start, last.end)
}

/**
 * The choices of one place, one for each option. Throws what was not understood, and `OPTION_CONTRADICTS`
 * where an option was chosen twice, differently.
 */
export function settle(parsed: ParsedOptions[], place: Place): Map<OptionName, Choice> {
  for (const { problem } of parsed) if (problem) throw problem()
  const chosen = new Map<OptionName, Choice>()
  for (const choice of parsed.flatMap(({ choices }) => choices)) {
    const before = chosen.get(choice.option)
    if (before && JSON.stringify(before.value) !== JSON.stringify(choice.value)) {
      throw contradiction(before, choice, place)
    }
    chosen.set(choice.option, before ?? choice)
  }
  return chosen
}

function contradiction(before: Choice, choice: Choice, { where, example }: Place): Failure {
  const first = quoted(before.written)
  const details = {
    first,
    second: quoted(choice.written),
    where,
    hint: onlyOne,
    example: example({ en: first, sv: first }),
  }
  return new Failure('OPTION_CONTRADICTS', details)
}

const onlyOne: Words = { en: 'Write only one of them, as in {example}', sv: 'Skriv bara det ena, som i {example}' }
