import { writeFile } from 'node:fs/promises'
import { markingPage, withOptionTables } from './option-tables.ts'

// Writes the tables of options into docs/marking.md.
await writeFile(markingPage, (await withOptionTables()).written)
