import { Readable } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CrashPoint } from './crash-point.ts'
import type { KuvertNode } from './kuvert-node.ts'
import {
  ageObjects,
  arrivals,
  expectLinksWork,
  expectNothingDangles,
  makeScene,
  sendOnce,
  writeMail,
  type Scene,
} from './scene.ts'
import { describePoint, named, pointsOf, upkeep } from './steps.ts'
import { alter } from '../support/keyring.ts'

let scene: Scene
let others: KuvertNode
beforeAll(async () => {
  scene = await makeScene()
  others = await scene.start(['gateway', 'courier', 'portal'])
})
afterAll(() => scene.close())

const points: CrashPoint[] = [
  ...pointsOf(upkeep),
  { at: 'sql with ended as', when: 'after' },
  { at: 'objects.remove', when: 'after', nth: 3 },
]

async function orphan(key: string): Promise<void> {
  await scene.objects.put(key, 3, Readable.from([Buffer.from('abc')]))
}

test.each(named(points))('upkeep that is killed %s is taken up by the next', async (_, point) => {
  const name = describePoint(point)
  const [stays, goes] = [writeMail(`stays ${name}`), writeMail(`goes ${name}`)]
  const waits = { ...writeMail(`waits ${name}`), recipients: [`waiting${points.indexOf(point)}@example.net`] }
  for (const mail of [stays, goes, waits]) {
    expect(await sendOnce(others.smtpPort, mail)).toMatchObject({ code: 250 })
    await arrivals(scene.sink, mail)
  }
  for (const index of [1, 2]) await orphan(`orphan${index}x${points.indexOf(point)}`)
  await scene.db.query(`update messages set expires_at = now() where subject = $1`, [goes.subject])
  await alter(
    scene,
    `update messages set created_at = now() - interval '10 days', expires_at = now() + interval '2 days' where subject = $1`,
    [waits.subject],
  )
  // Sweeping is due again.
  await scene.db.query(`delete from chores`)
  await ageObjects(scene)

  const killed = scene.start(['upkeep'], point).catch(() => undefined)
  const node = await killed
  if (node) expect(await node.ended).toBe('SIGKILL')
  const next = await scene.start(['upkeep'])
  const states = async () =>
    (
      await scene.db.query<{ ended: boolean; keyless: boolean }>(
        `select ended_at is not null as ended, wrapped_key is null as keyless from messages where subject = $1`,
        [goes.subject],
      )
    ).rows
  await expect.poll(states).toEqual([{ ended: true, keyless: true }])
  await expect.poll(() => expectNothingDangles(scene).then(() => true)).toBe(true)
  await expectLinksWork(scene, stays)
  // The copy, and one reminder.
  const told = () => scene.sink.mails.filter(mail => mail.recipients.includes(waits.recipients[0]!)).length
  await expect.poll(told).toBe(2)
  await next.kill()
})
