import { CsvError, parse } from 'csv-parse'
import { finished } from 'node:stream/promises'
import { setImmediate } from 'node:timers/promises'
import { canonical } from '#mail/address.ts'
import { maxContacts } from './contact-problem.ts'
import { decodeText } from './decode-text.ts'
import type { TypedContact } from './check-contact.ts'

/** Lines, empty ones as well: the parser makes an error of each that has another number of columns than the first. */
const maxRows = maxContacts + 1
/** More than any program writes: each of them is looked for in each line. */
const maxColumns = 200
/** The headers that are known are shorter. */
const maxHeaderLength = 100
/** What is parsed before mail goes on. */
const pieceLength = 1024

/** Which columns say what, as their headers tell, in what Outlook, Google and spreadsheets write in Swedish and English. */
interface Columns {
  /** The first that has something in it is the name. */
  names: number[]
  /** Given, middle and last name, put together where no column has the whole. */
  partsOfName: number[]
  company: number[]
  addresses: number[]
}

const wholeNames = [
  'namn',
  'name',
  'fullständigt namn',
  'full name',
  'visningsnamn',
  'display name',
  'kontakt',
  'contact',
]
const partsOfName = [
  ['förnamn', 'first name', 'given name', 'tilltalsnamn'],
  ['mellannamn', 'middle name', 'additional name'],
  ['efternamn', 'last name', 'family name', 'surname'],
]
const companies = ['företag', 'company', 'organisation', 'organization', 'organization name', 'organization 1 - name']
const isAddressColumn = /^(?:primary |primär |alternate )?e-?\s?(?:mail|post)/
/** Beside an address: what kind it is, and how it is shown. */
const isBesideAddress = /typ|label|etikett|visning|display|namn|name/

/**
 * Reads a table with a name and one or several addresses in each line, whatever separates its columns. Null where no column
 * has addresses; `too much` for more lines than an account can have contacts, or more than 200 columns. Reads a piece at a
 * time, and mail goes on between them.
 */
export async function readCsv(bytes: Buffer): Promise<TypedContact[] | null | 'too much'> {
  const rows = await rowsOf(decodeText(bytes))
  const [header = [], ...others] = rows ?? []
  if (header.length > maxColumns || (rows?.length ?? 0) > maxRows) return 'too much'
  const columns = columnsOf(header.map(cell => canonical(cell.trim().slice(0, maxHeaderLength))))
  if (columns.addresses.length > 0) return others.filter(hasSomething).map(row => contactOf(row, columns))
  const [address] = header.flatMap((cell, index) => (cell.includes('@') ? [index] : []))
  if (rows === null || address === undefined) return null
  // Without headers: a list of addresses, perhaps with names beside them.
  const names = header.flatMap((_, index) => (index === address ? [] : [index]))
  return rows
    .filter(hasSomething)
    .map(row => contactOf(row, { names, partsOfName: [], company: [], addresses: [address] }))
}

/** Null for what is no table at all. Stops behind the first line that is too much. */
async function rowsOf(text: string): Promise<string[][] | null> {
  const rows: string[][] = []
  const parser = parse({
    delimiter: separatorOf(text),
    relaxColumnCount: true,
    relaxQuotes: true,
    skipEmptyLines: true,
  })
  parser.on('data', (row: string[]) => rows.push(row))
  // Whoever writes hears of it as well.
  parser.on('error', () => undefined)
  try {
    for (let at = 0; at < text.length && rows.length <= maxRows; at += pieceLength) {
      await new Promise<void>((resolve, reject) =>
        parser.write(text.slice(at, at + pieceLength), error => (error ? reject(error) : resolve())),
      )
      await setImmediate()
    }
    if (rows.length <= maxRows) await finished(parser.end())
    return rows
  } catch (error) {
    if (error instanceof CsvError) return null
    throw error
  } finally {
    parser.destroy()
  }
}

/** What separates the columns of the first line. */
function separatorOf(text: string): string {
  const [line = ''] = text.replace(/"[^"]*"/g, '').split(/[\r\n]/, 1)
  const count = (separator: string) => line.split(separator).length
  return [';', '\t', ','].reduce((best, next) => (count(next) > count(best) ? next : best))
}

function columnsOf(header: string[]): Columns {
  const called = (names: string[]) => header.flatMap((cell, index) => (names.includes(cell) ? [index] : []))
  return {
    names: called(wholeNames),
    partsOfName: partsOfName.flatMap(called),
    company: called(companies),
    addresses: header.flatMap((cell, index) =>
      isAddressColumn.test(cell) && !isBesideAddress.test(cell) ? [index] : [],
    ),
  }
}

function contactOf(row: string[], columns: Columns): TypedContact {
  const cells = (indices: number[]) => indices.map(index => withoutGuard(row[index] ?? '')).filter(Boolean)
  // Google separates several in one cell like this.
  const addresses = cells(columns.addresses).join(',').replaceAll(' ::: ', ',')
  const [name = ''] = cells(columns.names)
  const [company = ''] = cells(columns.company)
  return { name: name || cells(columns.partsOfName).join(' ') || company || addresses.split(/[,;]/)[0]!, addresses }
}

/** See `guarded` in write-contacts. */
function withoutGuard(cell: string): string {
  return cell.trim().replace(/^'(?=[=+\-@＝＋－＠])/, '')
}

function hasSomething(row: string[]): boolean {
  return row.some(cell => cell.trim() !== '')
}
