import { afterAll, beforeAll, expect, test } from 'vitest'
import { verifyAudit } from '#audit/verify-audit.ts'
import { chainAudit, findUnchained } from '#database/audit-chain.ts'
import { auditEntries } from '../support/audit-entries.ts'
import type { CrashPoint } from './crash-point.ts'
import type { KuvertNode } from './kuvert-node.ts'
import { arrivals, makeScene, sendOnce, untilSettled, writeMail, type Scene } from './scene.ts'
import { named } from './steps.ts'

let scene: Scene
let courier: KuvertNode
beforeAll(async () => {
  scene = await makeScene()
  courier = await scene.start(['courier'])
})
afterAll(() => scene.close())

/** Each entry is in the chain once, and the chain is whole. */
async function expectWhole(): Promise<void> {
  await expect.poll(() => findUnchained(scene.db)).toMatchObject({ count: 0 })
  const broken: string[] = []
  const { head } = await verifyAudit(scene.db, null, (_, sentence) => broken.push(sentence))
  expect(broken).toEqual([])
  expect(head.count).toBe((await auditEntries(scene.db)).length)
}

/** What the audit says became of a mail. */
async function actionsOf(subject: string): Promise<string[]> {
  const { rows } = await scene.db.query<{ id: string }>('select id from messages where subject = $1', [subject])
  const entries = await auditEntries(scene.db)
  return entries.filter(({ messageId }) => messageId === rows[0]?.id).map(({ action }) => action)
}

const points: CrashPoint[] = [
  { at: 'chaining select chain_audit', when: 'before' },
  { at: 'chaining select chain_audit', when: 'after' },
  { at: 'sql with written', when: 'before' },
  { at: 'sql with written', when: 'after' },
]

test.each(named(points))(
  'a gateway that is killed %s loses no entry, and enters and chains none twice',
  async (name, point) => {
    const mail = writeMail(`killed ${name}`)
    const gateway = await scene.start(['gateway'])
    await gateway.arm(point)
    await sendOnce(gateway.smtpPort, mail)
    expect(await gateway.ended).toBe('SIGKILL')
    const next = await scene.start(['gateway'])
    await sendOnce(next.smtpPort, mail)
    expect(await arrivals(scene.sink, mail)).toEqual([1, 1])
    await untilSettled(scene.db)
    await expect.poll(() => actionsOf(mail.subject)).toEqual(['message-sealed', 'copy-delivered', 'copy-delivered'])
    await expectWhole()
    await next.kill()
  },
)

test('a server process that is killed in the middle of chaining leaves all of it to the next chainer', async () => {
  await courier.kill()
  await scene.db.query(`insert into audit_entries (action, details) select 'ticket', '{}' from generate_series(1, 500)`)
  const killed = scene.db.transaction(async tx => {
    expect(await chainAudit(tx, 300)).toBe(300)
    const { rows } = await tx.query<{ pid: number }>('select pg_backend_pid() as pid')
    await scene.db.query('select pg_terminate_backend($1)', [rows[0]!.pid])
    await tx.query('select 1')
  })
  await expect(killed).rejects.toMatchObject({ code: 'DATABASE_AWAY' })
  expect(await findUnchained(scene.db)).toMatchObject({ count: 500 })
  // Two at once, from now on.
  await Promise.all([scene.start(['upkeep']), scene.start(['courier'])])
  await expectWhole()
})
