import { mkdtempSync, rmdirSync } from 'node:fs'
import { execFile, execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openMaildirNextHop } from '#next-hop/maildir-next-hop.ts'
import { openNextHop } from '#next-hop/open-next-hop.ts'
import { sendOne } from './support.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kuvert-test-maildir-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

test('a file has the envelope on top, and is for its owner only', async () => {
  const session = await openMaildirNextHop(folder, 'kuvert/test:1').open()
  await session.mail('', [])
  await session.rcpt('r@example.org', [])
  await session.data(Readable.from(['Subject: a\r\n\r\n.b\r\n']))
  const [name, ...others] = await readdir(join(folder, 'new'))
  expect(others).toEqual([])
  expect(name).toMatch(/^\d{10}\.R[0-9a-f]{24}\.kuvert_test_1$/)
  const file = join(folder, 'new', name!)
  expect(await readFile(file, 'utf8')).toBe(
    'Return-Path: <>\r\nDelivered-To: r@example.org\r\nSubject: a\r\n\r\n.b\r\n',
  )
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect((await stat(join(folder, 'new'))).mode & 0o777).toBe(0o700)
  expect(await readdir(join(folder, 'tmp'))).toEqual([])
})

test('verbs that come out of order are refused', async () => {
  const session = await openMaildirNextHop(folder, 'kuvert.test').open()
  expect(await session.rcpt('r@example.org', [])).toMatchObject({ code: 503 })
  expect(await session.data(Readable.from(['x\r\n']))).toMatchObject({ code: 503 })
  await session.mail('s@example.org', [])
  expect(await session.mail('s@example.org', [])).toMatchObject({ code: 503 })
  expect(await session.data(Readable.from(['x\r\n']))).toMatchObject({ code: 503 })
})

test('a folder that cannot be made means that the next hop is away', async () => {
  await writeFile(join(folder, 'file'), '')
  const hop = openMaildirNextHop(join(folder, 'file', 'outbox'), 'kuvert.test')
  await expect(hop.open()).rejects.toMatchObject({ code: 'NEXT_HOP_AWAY' })
})

test('a folder that has gone means that the next hop is away', async () => {
  const session = await openMaildirNextHop(folder, 'kuvert.test').open()
  await rm(folder, { recursive: true })
  await expect(sendOne(session, 'x\r\n')).rejects.toMatchObject({ code: 'NEXT_HOP_AWAY' })
})

test('without a path, mail goes to the outbox in the data folder', async () => {
  const session = await openNextHop({ kind: 'maildir' }, folder, 'kuvert.test', () => undefined).open()
  await sendOne(session, 'x\r\n')
  expect(await readdir(join(folder, 'outbox', 'new'))).toHaveLength(1)
})

test.skipIf(!canMount())('a full disk is a 452, and leaves nothing', async () => {
  const small = join(folder, 'small')
  await mkdir(small)
  const run = promisify(execFile)
  await run('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', small])
  try {
    const hop = openMaildirNextHop(small, 'kuvert.test')
    const session = await hop.open()
    const big = `${'x'.repeat(998)}\r\n`.repeat(100)
    expect(await sendOne(session, big)).toMatchObject({ code: 452 })
    expect([...(await readdir(join(small, 'tmp'))), ...(await readdir(join(small, 'new')))]).toEqual([])
    // One of two copies has room.
    await session.mail('s@example.org', [])
    for (const recipient of ['a@example.org', 'b@example.org']) await session.rcpt(recipient, [])
    const half = `${'x'.repeat(998)}\r\n`.repeat(35)
    expect(await session.data(Readable.from([half]))).toMatchObject({ code: 452 })
    expect([...(await readdir(join(small, 'tmp'))), ...(await readdir(join(small, 'new')))]).toEqual([])
    expect(await sendOne(session, half)).toMatchObject({ code: 250 })
  } finally {
    await run('umount', [small])
  }
})

test.skipIf(!canRun('python3'))('other programs read the Maildir, with its line ends', async () => {
  const session = await openMaildirNextHop(folder, 'kuvert.test').open()
  await sendOne(
    session,
    'Subject: =?utf-8?q?H=C3=A4lsning?=\r\nContent-Type: text/plain\r\n\r\nen\r\ntvå\r\n',
    'å@example.org',
  )
  const program = `
import mailbox, email, email.policy, sys, json
box = mailbox.Maildir(sys.argv[1], factory=lambda f: email.message_from_binary_file(f, policy=email.policy.default))
mails = [box[key] for key in box.keys()]
print(json.dumps([[m['Subject'], m['Return-Path'], m.get_payload().splitlines()[0], len(m.defects)] for m in mails]))
`
  const { stdout } = await promisify(execFile)('python3', ['-c', program, folder])
  expect(JSON.parse(stdout)).toEqual([['Hälsning', '<s@example.org>', 'en', 0]])
})

/** Root in a container often cannot: the only way to know is to try. */
function canMount(): boolean {
  const place = mkdtempSync(join(tmpdir(), 'kuvert-test-mount-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', place], { stdio: 'ignore' })
    execFileSync('umount', [place])
    return true
  } catch {
    return false
  } finally {
    rmdirSync(place)
  }
}

function canRun(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
