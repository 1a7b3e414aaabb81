import type { BlockContent } from './block-content.ts'
import { wrapLines } from '#texts/wrap-lines.ts'

/** The lines of a notice in text/plain. The URL is a line by itself, so that mail programs make a link of it. */
export function textNotice(content: BlockContent): string[] {
  return [
    ...content.intro.flatMap(sentence => wrapLines(sentence)),
    ...(content.files.length > 0 ? ['', ...content.files.flatMap(fileLines)] : []),
    ...(content.more === null ? [] : [`  ${content.more}`]),
    '',
    content.url,
    '',
    ...content.notes.flatMap(sentence => wrapLines(sentence)),
  ]
}

/**
 * The lines of a link block within somebody's text: between rules, and apart from the text by a blank line.
 * `padding` makes the upper rule longer by so many steps of two characters. The rules are no signature
 * delimiter and, with a single dash at the start, no MIME delimiter either.
 */
export function textBlock(content: BlockContent, position: 'top' | 'bottom', padding: number): string[] {
  const block = [rule(30 + padding), ...textNotice(content), rule(30)]
  return position === 'top' ? [...block, ''] : ['', ...block]
}

/** Lines as text/plain; format=flowed needs them: none flows into the next, and none looks quoted (RFC 3676 section 4.4). */
export function spaceStuffed(lines: string[]): string[] {
  return lines.map(line => (/^(?: |>|From )/.test(line) ? ` ${line}` : line))
}

function rule(steps: number): string {
  return Array.from({ length: steps }, () => '-').join(' ')
}

function fileLines({ name, size }: BlockContent['files'][number]): string[] {
  // The size stays in one piece: its blanks count as letters while the line is broken.
  return wrapLines(`${name} (${size.replaceAll(' ', '\u00a0')})`, '- ', '  ').map(line =>
    line.replaceAll('\u00a0', ' '),
  )
}
