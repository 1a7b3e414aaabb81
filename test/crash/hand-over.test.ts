import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CrashPoint } from './crash-point.ts'
import type { KuvertNode } from './kuvert-node.ts'
import {
  arrivals,
  endLeases,
  expectLinksWork,
  makeScene,
  sendOnce,
  untilHandedOver,
  untilSettled,
  writeMail,
  type Scene,
  type TestMail,
} from './scene.ts'
import { copy, describePoint, named, pointsOf } from './steps.ts'

// A gateway and a courier in one process: what is sealed is handed over without a detour through the queue.

let scene: Scene
let node: KuvertNode
beforeAll(async () => {
  scene = await makeScene()
  node = await scene.start(['gateway', 'courier', 'portal'])
})
afterAll(() => scene.close())

/** Sends a mail to a process that is killed at this point, and again to the next one, as an MTA does that heard no answer. */
async function crash(point: CrashPoint, mail: TestMail): Promise<void> {
  await node.arm(point)
  const answer = await sendOnce(node.smtpPort, mail)
  expect(await node.ended).toBe('SIGKILL')
  await endLeases(scene.db)
  node = await scene.start(['gateway', 'courier', 'portal'])
  if (answer === undefined) expect(await sendOnce(node.smtpPort, mail)).toMatchObject({ code: 250 })
}

async function expectOnceOrTwice(mail: TestMail): Promise<void> {
  const arrived = await arrivals(scene.sink, mail)
  await untilSettled(scene.db)
  for (const count of arrived) expect([1, 2]).toContain(count)
  const { rows } = await scene.db.query('select 1 from messages where subject = $1', [mail.subject])
  expect(rows).toHaveLength(1)
  await expectLinksWork(scene, mail)
}

/** Of finding a copy in the queue there is nothing here. */
const onTheWayOut = pointsOf(copy).filter(({ at }) => !at.endsWith('#findCopy'))
const points: CrashPoint[] = [
  { at: 'seal/commit.ts#commit', when: 'before' },
  { at: 'seal/commit.ts#commit', when: 'after' },
  ...onTheWayOut,
  { at: 'sql with settled', when: 'before' },
  { at: 'sql with settled', when: 'after' },
]

test.each(named(points))('a mail that is killed %s arrives all the same', async (_, point) => {
  const mail = writeMail(describePoint(point))
  await crash(point, mail)
  await expectOnceOrTwice(mail)
})

test('and so does one that is killed after any of its statements', async () => {
  for (let nth = 1; ; nth += 1) {
    const mail = writeMail(`statement ${nth}`, { recipients: 1 })
    await node.arm({ at: 'sql', when: 'after', nth })
    const answer = await sendOnce(node.smtpPort, mail)
    if (await untilHandedOver(scene, node, mail)) {
      // At least: one that looks for the same mail, one that writes everything, and one that settles.
      expect(nth).toBeGreaterThan(3)
      break
    }
    expect(await node.ended).toBe('SIGKILL')
    await endLeases(scene.db)
    node = await scene.start(['gateway', 'courier', 'portal'])
    if (answer === undefined) expect(await sendOnce(node.smtpPort, mail)).toMatchObject({ code: 250 })
    await expectOnceOrTwice(mail)
  }
})
