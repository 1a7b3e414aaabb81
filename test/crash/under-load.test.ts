import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { startMinio, type Minio } from '../support/minio.ts'
import { hasServer } from '../support/servers.ts'
import { randomFrom, type Random } from '../support/random.ts'
import type { KuvertNode } from './kuvert-node.ts'
import {
  ageObjects,
  arrivals,
  expectAllStored,
  expectLinksWork,
  expectNothingDangles,
  makeScene,
  sendOnce,
  writeMail,
  type Scene,
  type TestMail,
} from './scene.ts'

let scene: Scene
let minio: Minio | undefined
afterEach(async () => {
  await scene.close()
  await minio?.stop()
})

const atOnce = 4
/** Leases end by themselves here. */
const courier = { atOnce, leaseSeconds: 4 }

/**
 * Two nodes take mail from several clients; now and then one is killed and started again. Every client sends each of its
 * mails until it has an answer. Returns what was sent.
 */
async function killUnderLoad(kills: number, random: Random): Promise<TestMail[]> {
  const work = ['gateway', 'courier', 'upkeep'] as const
  await scene.start(['portal'])
  const nodes: KuvertNode[] = [await scene.start(work), await scene.start(work)]
  const sent: TestMail[] = []
  const killing = new AbortController()
  const client = async (name: number) => {
    for (let index = 0; !killing.signal.aborted || index === 0; index += 1) {
      const mail = writeMail(`from ${name}, number ${index}`, { fileBytes: 20_000 })
      sent.push(mail)
      let code: number | undefined
      while (code === undefined || code === 451 || code === 421) {
        code = (await sendOnce(nodes[random.below(2)]!.smtpPort, mail))?.code
        if (code === undefined) await pause(20)
      }
      expect(code).toBe(250)
    }
  }
  const kill = async () => {
    for (let index = 0; index < kills; index += 1) {
      await pause(50 + random.below(400))
      const which = index % 2
      await nodes[which]!.kill()
      nodes[which] = await scene.start(work)
    }
    killing.abort()
  }
  await Promise.all([kill(), ...[0, 1, 2].map(client)])
  return sent
}

async function expectAllArrived(sent: TestMail[], kills: number): Promise<void> {
  const counts = (await Promise.all(sent.map(mail => arrivals(scene.sink, mail, 30)))).flat()
  expect(counts).not.toContain(0)
  // A courier has so many copies in its hands when it is killed; nothing else is sent twice.
  expect(counts.filter(count => count > 1).length).toBeLessThanOrEqual(kills * atOnce)
  expect(Math.max(...counts)).toBeLessThanOrEqual(kills === 1 ? 2 : 3)
  const { rows } = await scene.db.query<{ messages: number }>('select count(*)::integer as messages from messages')
  expect(rows[0]!.messages).toBe(sent.length)
  for (const mail of sent.slice(-10)) await expectLinksWork(scene, mail)
}

test('twelve kills of one or the other of two nodes under load: nothing is lost, nothing is sealed twice', async () => {
  scene = await makeScene({ courier })
  const sent = await killUnderLoad(12, randomFrom('twelve kills'))
  expect(sent.length).toBeGreaterThan(12)
  await expectAllArrived(sent, 12)
  await ageObjects(scene)
  await scene.db.query('delete from chores')
  await scene.start(['upkeep'])
  await expect.poll(() => expectNothingDangles(scene).then(() => true)).toBe(true)
}, 90_000)

describe.skipIf(!hasServer('minio'))('with the objects in a bucket', () => {
  test('one of two nodes is killed under load, and nothing is lost', async () => {
    minio = await startMinio()
    scene = await makeScene({ courier, objects: { ...minio.settings } })
    await expectAllArrived(await killUnderLoad(1, randomFrom('one kill')), 1)
    await expectAllStored(scene)
  }, 60_000)
})
