import { expect, test } from 'vitest'
import { readCsv } from '#portal/account/read-csv.ts'
import { writeCsv } from '#portal/account/write-contacts.ts'

test.each(['=1+1', '+46', '-1', '@SUM', '＝1+1', '＋46', '－1', '＠SUM'])(
  'a name that begins like a formula ("%s") is none in a spreadsheet, and comes back as it was',
  async name => {
    const csv = writeCsv([{ name, addresses: ['anna@kommun.example'] }], 'en')
    expect(csv).toContain(`"'${name}"`)
    expect(await readCsv(Buffer.from(csv))).toEqual([{ name, addresses: 'anna@kommun.example' }])
  },
)
