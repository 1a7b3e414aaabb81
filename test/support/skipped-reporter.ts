import type { Reporter } from 'vitest/node'
import { missingServers } from './servers.ts'

/** Names the servers whose tests were skipped, before vitest's own summary. */
export default class SkippedReporter implements Reporter {
  onTestRunEnd(): void {
    for (const name of missingServers()) console.log(`Skipped, because this machine does not have it: ${name}`)
  }
}
