import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CrashPoint } from './crash-point.ts'
import type { KuvertNode } from './kuvert-node.ts'
import {
  ageObjects,
  arrivals,
  copiesFor,
  expectLinksWork,
  expectNothingDangles,
  makeScene,
  sendOnce,
  writeMail,
  type Scene,
  type TestMail,
} from './scene.ts'
import { describePoint, marked, named, pointsOf, unmarked } from './steps.ts'

let scene: Scene
let gateway: KuvertNode
beforeAll(async () => {
  scene = await makeScene()
  await scene.start(['courier', 'portal'])
  gateway = await scene.start(['gateway'])
})
afterAll(() => scene.close())

/** Kills the gateway at this point of a mail, and starts another. The client hears no answer. */
async function crash(point: CrashPoint, mail: TestMail): Promise<void> {
  await gateway.arm(point)
  const answer = await sendOnce(gateway.smtpPort, mail)
  expect([answer, await gateway.ended], describePoint(point)).toEqual([undefined, 'SIGKILL'])
  gateway = await scene.start(['gateway'])
}

const messagesOf = async (mail: TestMail) =>
  (await scene.db.query('select 1 from messages where subject = $1', [mail.subject])).rows.length

/** Each function with all of its moments: the same mail is sent again until nobody is killed any more. */
const byFunction = Map.groupBy(pointsOf(marked), ({ at }) => at)

test.each([...byFunction])(
  'a marked mail arrives exactly once for all that is killed around %s',
  async (at, points) => {
    const mail = writeMail(`around ${at}`)
    for (const point of points) {
      // Until the transaction is committed, nothing leaves.
      expect(copiesFor(scene.sink, mail, mail.recipients[0]!)).toEqual([])
      await crash(point, mail)
    }
    expect(await sendOnce(gateway.smtpPort, mail)).toMatchObject({ code: 250 })
    expect(await arrivals(scene.sink, mail)).toEqual([1, 1])
    expect(await messagesOf(mail)).toBe(1)
    await expectLinksWork(scene, mail)
  },
)

test('and for all that is killed between any two statements of sealing it', async () => {
  const mail = writeMail('between statements')
  let nth = 1
  for (; ; nth += 1) {
    await gateway.arm({ at: 'sql', when: 'after', nth })
    const answer = await sendOnce(gateway.smtpPort, mail)
    if (answer !== undefined) {
      expect(answer.code).toBe(250)
      break
    }
    expect(await gateway.ended).toBe('SIGKILL')
    expect(await messagesOf(mail)).toBeLessThan(2)
    gateway = await scene.start(['gateway'])
  }
  // At least: one that looks for the same mail, and one that writes everything.
  expect(nth).toBeGreaterThan(2)
  expect(await arrivals(scene.sink, mail)).toEqual([1, 1])
  expect(await messagesOf(mail)).toBe(1)
  await expectLinksWork(scene, mail)
})

test.each(named(pointsOf(unmarked)))(
  'an unmarked mail whose gateway is killed %s arrives when it is sent again',
  async (_, point) => {
    const mail = writeMail(`unmarked ${point.when}`, { mark: '' })
    await crash(point, mail)
    const before = copiesFor(scene.sink, mail, mail.recipients[0]!).length
    // The next hop may have taken it when nobody was left to say so; half a mail it never takes.
    expect(before).toBe(point.when === 'after' ? 1 : 0)
    expect(await sendOnce(gateway.smtpPort, mail)).toMatchObject({ code: 250 })
    expect(await arrivals(scene.sink, mail)).toEqual([before + 1, before + 1])
    for (const { bytes } of copiesFor(scene.sink, mail, mail.recipients[0]!))
      expect(bytes.subarray(-mail.bytes.length)).toEqual(mail.bytes)
  },
)

test('a gateway that is killed while it opens a scratch file leaves a name, which the next one removes', async () => {
  const mail = writeMail('scratch', { fileBytes: 3_000_000 })
  const left = () => readdir(join(scene.folder, 'scratch'))
  await mkdir(join(scene.folder, 'scratch'), { recursive: true })
  await writeFile(join(scene.folder, 'scratch', 'of somebody else'), '')
  await gateway.arm({ at: 'fs.unlink', when: 'before' })
  expect(await sendOnce(gateway.smtpPort, mail)).toBe(undefined)
  expect(await gateway.ended).toBe('SIGKILL')
  expect(await left()).toHaveLength(2)
  gateway = await scene.start(['gateway'])
  expect(await left()).toEqual(['of somebody else'])
  expect(await sendOnce(gateway.smtpPort, mail)).toMatchObject({ code: 250 })
  expect(await left()).toEqual(['of somebody else'])
})

test('what all these left in the storage is removed by upkeep, and what is needed is not', async () => {
  await ageObjects(scene)
  await expect(expectNothingDangles(scene)).rejects.toThrow()
  const node = await scene.start(['upkeep'])
  await expect.poll(() => node.logged.some(line => line['msg'] === 'upkeep has cleared away')).toBe(true)
  await expectNothingDangles(scene)
})
