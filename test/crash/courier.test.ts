import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CrashPoint } from './crash-point.ts'
import type { KuvertNode } from './kuvert-node.ts'
import {
  arrivals,
  copiesFor,
  endLeases,
  expectLinksWork,
  expectNothingDangles,
  makeScene,
  sendOnce,
  untilHandedOver,
  untilSettled,
  writeMail,
  type Scene,
} from './scene.ts'
import { bounced, copy, describePoint, named, pointsOf } from './steps.ts'

let scene: Scene
let door: KuvertNode
let courier: KuvertNode
beforeAll(async () => {
  scene = await makeScene()
  door = await scene.start(['gateway', 'portal'])
  courier = await scene.start(['courier'])
})
afterAll(() => scene.close())

/** Sends a mail, whose courier is killed at this point, and starts another courier. */
async function crash(point: CrashPoint) {
  const mail = writeMail(describePoint(point))
  await courier.arm(point)
  expect(await sendOnce(door.smtpPort, mail)).toMatchObject({ code: 250 })
  expect(await courier.ended).toBe('SIGKILL')
  const atTheEnd = mail.recipients.map(recipient => copiesFor(scene.sink, mail, recipient).length)
  await endLeases(scene.db)
  courier = await scene.start(['courier'])
  return { mail, atTheEnd }
}

const settled = () => untilSettled(scene.db)

const points = [...pointsOf(copy), { at: 'sql update deliveries', when: 'after' as const }]

test.each(named(points))('a copy whose courier is killed %s arrives, at worst twice', async (_, point) => {
  const { mail, atTheEnd } = await crash(point)
  const arrived = await arrivals(scene.sink, mail)
  await settled()
  for (const [index, count] of arrived.entries()) {
    expect(count).toBeGreaterThan(0)
    // Only what the next hop had already is sent again, and once.
    expect(count).toBeLessThanOrEqual(1 + atTheEnd[index]!)
  }
  await expectLinksWork(scene, mail)
})

test('and so does one whose courier is killed after any statement of delivering it', async () => {
  let nth = 1
  for (; ; nth += 1) {
    const mail = writeMail(`statement ${nth}`, { recipients: 1 })
    await courier.arm({ at: 'sql', when: 'after', nth })
    expect(await sendOnce(door.smtpPort, mail)).toMatchObject({ code: 250 })
    if (await untilHandedOver(scene, courier, mail)) break
    expect(await courier.ended).toBe('SIGKILL')
    await endLeases(scene.db)
    courier = await scene.start(['courier'])
    const [count] = await arrivals(scene.sink, mail)
    await settled()
    expect([1, 2]).toContain(count)
  }
  // At least: claim, link, message, files, settle.
  expect(nth).toBeGreaterThan(4)
})

test.each(named(pointsOf(bounced)))('a refused copy whose courier is killed %s is told once', async (_, point) => {
  const isCopy = (commands: string[]) => !commands.findLast(command => /^MAIL/i.test(command))?.includes('<>')
  scene.sink.script = {
    answers: { DOT: (_dot, { commands }) => (isCopy(commands) ? '550 5.1.1 Nobody of that name' : undefined) },
  }
  const { mail } = await crash(point)
  await settled()
  const told = () =>
    scene.sink.mails.filter(notice => notice.sender === '' && notice.bytes.includes(`Subject: ${mail.subject}`))
  // One for each recipient, or one that names them all.
  const about = (recipient: string) =>
    told().filter(notice => notice.bytes.includes(`Final-Recipient: rfc822; ${recipient}`)).length
  await expect.poll(() => mail.recipients.map(about)).toEqual([1, 1])
  expect(copiesFor(scene.sink, mail, mail.recipients[0]!)).toEqual([])
  scene.sink.script = {}
})

test('no copy that was sent points to nothing, and nothing else is stored', () => expectNothingDangles(scene))
