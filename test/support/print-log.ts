import { afterAll, beforeEach, type TestContext } from 'vitest'
import { takeKeptLines } from './kept-log.ts'

// A setup file of all tests: if a test fails, it prints the lines that its Kuverts have logged since the test before it ended.

type Suite = NonNullable<TestContext['task']['suite']>

beforeEach(({ task, onTestFailed, onTestFinished }) => {
  onTestFailed(() => printLog(task.name))
  onTestFinished(() => {
    if (task.result?.state !== 'fail') takeKeptLines()
  })
})

// If a hook of a suite fails, none of its tests runs. Vitest reads from the braces that nothing of the context is used.
// oxlint-disable-next-line no-empty-pattern
afterAll(({}, file) => {
  if (hasFailedHook(file)) printLog(file.name)
})

function hasFailedHook({ result, tasks }: Suite): boolean {
  return (result?.errors ?? []).length > 0 || tasks.some(task => task.type === 'suite' && hasFailedHook(task))
}

function printLog(name: string): void {
  const lines = takeKeptLines()
  if (lines.length > 0) console.error(`Log of Kuvert in "${name}":\n${lines.join('\n')}`)
}
