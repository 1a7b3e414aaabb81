import { pipeline } from 'node:stream/promises'
import { exportAudit } from '#audit/export-audit.ts'
import { verifyAudit } from '#audit/verify-audit.ts'
import { withDatabase } from './with-database.ts'
import type { AuditPeriod } from '#database/audit-entries.ts'

interface Asked {
  configFile: string | undefined
  /** The hash of an entry that must be there, as an earlier run printed it. */
  expectedHash: string | null
  period: AuditPeriod
}

/** Beyond these, what is wrong is only counted. */
const maxShown = 100

/** `kuvert audit verify`: 0 where the chain is whole, 1 where it is not. */
export function runAuditVerify({ configFile, expectedHash }: Omit<Asked, 'period'>): Promise<number> {
  return withDatabase(configFile, async db => {
    let broken = 0
    const { head, isExpectedThere, unchained } = await verifyAudit(db, expectedHash, (_, sentence) => {
      broken += 1
      if (broken <= maxShown) console.log(sentence)
    })
    if (broken > maxShown) console.log(`And ${broken - maxShown} more.`)
    if (!isExpectedThere) {
      console.log(`There is no entry with the hash ${expectedHash}: the end, or all of it, has been replaced.`)
    }
    const isWhole = broken === 0 && isExpectedThere
    console.log(isWhole ? 'The audit is whole.' : 'The audit is not whole.')
    if (unchained.oldest)
      console.log(`Not chained yet: ${unchained.count}, the oldest of ${unchained.oldest.toISOString()}.`)
    console.log(`Entries: ${head.count}`)
    console.log(`Head:    ${head.hash}`)
    if (isWhole)
      console.log('Keep the head elsewhere. Next time, --expect with it shows that nothing before it is gone.')
    return isWhole ? 0 : 1
  })
}

/** `kuvert audit export`: entries as NDJSON on standard output. */
export function runAuditExport({ configFile, period }: Omit<Asked, 'expectedHash'>): Promise<number> {
  return withDatabase(configFile, async db => {
    await pipeline(exportAudit(db, period), process.stdout, { end: false }).catch((error: NodeJS.ErrnoException) => {
      // A reader that has seen enough (head) is no mistake.
      if (error.code !== 'EPIPE') throw error
    })
    return 0
  })
}
