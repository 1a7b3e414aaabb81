import { readFile } from 'node:fs/promises'
import { optionNames, optionRecords, type OptionName } from '#options/option-records.ts'

export const markingPage = new URL('../../docs/marking.md', import.meta.url)
const tables =
  /(?<=<!-- npm run option-tables writes these tables from src\/options -->\n\n).*?(?=\n\n<!-- until here -->)/s

/** The page as it is, and with the tables that the records make. */
export async function withOptionTables(): Promise<{ page: string; written: string }> {
  const page = await readFile(markingPage, 'utf8')
  return { page, written: page.replace(tables, () => optionNames.map(optionTable).join('\n\n')) }
}

/** The table of one option, formatted as Prettier does. */
export function optionTable(name: OptionName): string {
  const { title, rows } = optionRecords[name].docs
  const code = (spellings: string[]) => spellings.map(spelling => `\`${spelling}\``).join(' ')
  const cells = [[title, 'English', 'svenska'], ...rows.map(({ means, en, sv }) => [means, code(en), code(sv)])]
  const widths = [0, 1, 2].map(column => Math.max(...cells.map(row => row[column]!.length)))
  const [head, ...others] = cells.map(
    row => `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`,
  )
  return [head, `| ${widths.map(width => '-'.repeat(width)).join(' | ')} |`, ...others].join('\n')
}
