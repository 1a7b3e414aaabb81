import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { waitForMails } from '#demo/outbox.ts'
import { noteNothing, noteSteps } from '#observe/steps.ts'
import { openLog } from '#observe/log.ts'
import { mailWithAttachment, submit } from '../support/client-mail.ts'
import { startTestKuvert, type TestKuvert } from '../support/kuvert.ts'

// At level debug, the log names each step of each mail.

let kuvert: TestKuvert
beforeAll(async () => void (kuvert = await startTestKuvert()))
afterAll(() => kuvert.close())

const lines = () => kuvert.logged.filter(line => 'step' in line)
const stepsOf = (kind: 'mail' | 'delivery', id: unknown) =>
  lines()
    .filter(line => line[kind] === id)
    .map(line => line['step'])
/** The ids of those that were begun, in order. */
const begun = (kind: 'mail' | 'delivery') => [...new Set(lines().flatMap(line => line[kind] ?? []))]

test('of a mail that is not marked, and of a marked one with its copy', async () => {
  const outbox = join(kuvert.folder, 'outbox')
  expect((await submit(kuvert.smtpPort, mailWithAttachment('plain'))).code).toBe(250)
  expect((await submit(kuvert.smtpPort, mailWithAttachment('[secure open] sealed'))).code).toBe(250)
  await waitForMails(outbox, new Set(), 2)
  await expect.poll(() => lines().filter(line => line['step'] === 'settle').length).toBe(1)

  const [plain, marked] = begun('mail')
  expect(stepsOf('mail', plain)).toEqual(['receive', 'classify', 'relay', 'answer'])
  const sealing = ['spool', 'seal', 'addressees', 'split', 'plan', 'read back', 'store', 'commit']
  expect(stepsOf('mail', marked)).toEqual(['receive', 'classify', ...sealing, 'answer'])
  const [delivery] = begun('delivery')
  expect(stepsOf('delivery', delivery)).toEqual(['claim', 'send', 'rewrite', 'verify', 'settle'])
  // Both ways are tied together by the message.
  const ids = lines().flatMap(line => line['message'] ?? [])
  expect(ids).toHaveLength(2)
  expect(new Set(ids).size).toBe(1)
})

test('they name nobody, and nothing that was written', () => {
  expect(lines().length).toBeGreaterThan(0)
  expect(JSON.stringify(lines())).not.toMatch(/@|sealed|plain|a\.pdf|\/l\//)
})

test('at any other level nothing is done for them', () => {
  expect(noteSteps(openLog('info'), {})).toBe(noteNothing)
  expect(noteSteps(openLog('debug'), {})).not.toBe(noteNothing)
})
