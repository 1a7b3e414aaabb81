import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { wireMail } from '#commands/explain/wire-mail.ts'
import { mailFromBuffer } from '#mail/mail-source.ts'
import { attachment, leaf, mail, multipart } from '../support/mail-builder.ts'
import { explained } from '../support/explained.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const main = join(root, 'src', 'main.ts')
const marked = mail(multipart('mixed', [leaf('Hej!\r\n', { type: 'text/plain' }), attachment('abc', 'a.pdf')]))
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kuvert-explain-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Runs Node in the folder. */
async function node(args: string[]) {
  const child = execFile(process.execPath, args, { cwd: folder })
  const output = { stdout: '', stderr: '' }
  child.stdout?.on('data', (chunk: string) => (output.stdout += chunk))
  child.stderr?.on('data', (chunk: string) => (output.stderr += chunk))
  const [code] = (await once(child, 'close')) as [number]
  return { code, ...output }
}

test('neither database, storage, directory nor network is touched, and nothing is written outside of --out', async () => {
  let connections = 0
  const server = createServer(socket => {
    connections += 1
    socket.destroy()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const [data, out] = [join(folder, 'data'), join(folder, 'out')]
  await mkdir(join(folder, 'data'))
  await writeFile(
    join(folder, 'kuvert.yaml'),
    stringify({
      dataFolder: join(data, 'kuvert'),
      database: { kind: 'postgres', url: `postgresql://kuvert@127.0.0.1:${port}/kuvert` },
      nextHop: { kind: 'smtp', host: '127.0.0.1', port, tls: 'none' },
      objects: {
        kind: 's3',
        endpoint: `http://127.0.0.1:${port}`,
        bucket: 'kuvert',
        accessKey: { value: 'a' },
        secretKey: { value: 'b' },
      },
    }).replaceAll(/\n *value: (\w)/g, ' $1'),
  )
  await writeFile(join(folder, 'mail.eml'), marked)
  // The settings are checked: the data folder must be one that could be written to.
  const allowed = [
    '--permission',
    '--allow-fs-read=*',
    ...[data, out, `${out}/*`].map(path => `--allow-fs-write=${path}`),
  ]
  const asked = [main, 'explain', '--config', 'kuvert.yaml', '--to', 'eva@example.net', '--to', 'bo@example.net']
  const run = await node([...allowed, ...asked, '--out', out, 'mail.eml'])
  await new Promise(resolve => server.close(resolve))
  expect(run).toMatchObject({ code: 0, stderr: 'Configuration: kuvert.yaml\n' })
  expect(connections).toBe(0)
  expect(await readdir(data)).toEqual([])
  expect((await readdir(out)).toSorted()).toEqual([
    'copy-1-eva@example.net.eml',
    'copy-2-bo@example.net.eml',
    'file-1-a.pdf',
  ])
  expect(await readFile(join(out, 'file-1-a.pdf'), 'utf8')).toBe('abc')
  const copy = await readFile(join(out, 'copy-2-bo@example.net.eml'), 'utf8')
  expect(copy).toMatch(/^From: Anna <anna@example\.org>\r\n/)
  expect(copy).toContain('http://localhost:8080/l/THIS-IS-AN-EXAMPLE-AND-LEADS-NOWHERE\r\n')
  expect(copy).not.toContain('YWJj')
  expect(run.stdout).toContain(`\n      ${join(out, 'copy-2-bo@example.net.eml')}\n`)
})

test('without --out nothing is written at all', async () => {
  await writeFile(join(folder, 'mail.eml'), marked)
  const before = await readdir(folder)
  const run = await node([main, 'explain', 'mail.eml'])
  expect(run.code).toBe(0)
  expect(run.stdout).toContain('Nothing is written; --out FOLDER writes the copies and the files.')
  expect(await readdir(folder)).toEqual(before)
})

test('what cannot be read is said in one sentence, and the exit code is 2', async () => {
  await mkdir(join(folder, 'folder.eml'))
  await writeFile(join(folder, 'empty.eml'), '')
  await writeFile(join(folder, 'mail.eml'), marked)
  const said = async (args: string[]) => {
    const { code, stdout, stderr } = await node(args)
    return { code, stdout, said: stderr.split('\n').slice(1).join('\n') }
  }
  const sentence = (text: string) => ({ code: 2, stdout: '', said: `${text}\n` })
  expect(await said([main, 'explain', 'none.eml'])).toEqual(sentence('There is no such file: none.eml'))
  expect(await said([main, 'explain', 'mail.eml/x'])).toEqual(sentence('There is no such file: mail.eml/x'))
  expect(await said([main, 'explain', 'folder.eml'])).toEqual(
    sentence('This is a folder or a device, not a file: folder.eml'),
  )
  expect(await said([main, 'explain', 'empty.eml'])).toEqual(sentence('The file is empty: empty.eml'))
})

test('a file that may not be read is said to be one', async () => {
  await writeFile(join(folder, 'closed.eml'), marked)
  const opening = `
    const { openMail } = await import(${JSON.stringify(join(root, 'src', 'commands', 'explain', 'open-mail.ts'))})
    await openMail('closed.eml').catch(error => console.log(error.name, error.message))`
  // Whoever runs the tests may be allowed to read everything; the permission model says no to anybody.
  const run = await node(['--permission', `--allow-fs-read=${root}`, '--input-type=module', '-e', opening])
  expect(run.stdout).toBe('UnreadableMail You may not read this file: closed.eml\n')
})

describe('a file is read as an SMTP client would send it', () => {
  const asText = marked.toString('latin1')
  test.each([
    ['CRLF', asText, false, false],
    ['line feeds', asText.replaceAll('\r\n', '\n'), true, false],
    ['a mailbox line', `From anna Tue Nov 24 10:00:00 2026\r\n${asText}`, false, true],
    ['line feeds and a mailbox line', `From anna\n${asText.replaceAll('\r\n', '\n')}`, true, true],
    ['no end of the last line', asText.slice(0, -2), false, false],
    ['half an end of the last line', asText.slice(0, -1), false, false],
    ['line feeds without the last one', asText.replaceAll('\r\n', '\n').slice(0, -1), true, false],
  ])('with %s', async (_, file, hadLineFeeds, hadFromLine) => {
    const wire = await wireMail(mailFromBuffer(Buffer.from(file, 'latin1')))
    const { source } = wire
    expect(wire).toMatchObject({ hadLineFeeds, hadFromLine })
    expect((await source.read({ start: 0, end: source.sizeBytes })).toString('latin1')).toBe(asText)
    const said = (await explained(Buffer.from(file, 'latin1'))).words
    expect(said.includes('with CRLF for the line feeds of the file')).toBe(hadLineFeeds)
    expect(said.includes('without the line "From …" above it')).toBe(hadFromLine)
    expect(said).toContain('SHA-256 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  })

  test('of any size, at any offset', async () => {
    const line = `${'x'.repeat(61)}\n`
    const file = Buffer.from(`Subject: x\n\n${line.repeat(12_000)}a\r\nb`)
    const whole = Buffer.from(`${file.toString().replace(/\r?\n/g, '\r\n')}\r\n`)
    const { source } = await wireMail(mailFromBuffer(file))
    expect(source.sizeBytes).toBe(whole.length)
    for (let start = 0; start < whole.length; start += 40_961) {
      for (const length of [0, 1, 100, 300_000]) {
        const end = Math.min(start + length, whole.length)
        expect((await source.read({ start, end })).equals(whole.subarray(start, end))).toBe(true)
      }
    }
    await expect(source.read({ start: 0, end: whole.length + 1 })).rejects.toThrow(RangeError)
  })
})

test('memory does not grow with the mail', { timeout: 120_000 }, async () => {
  const peaks: number[] = []
  for (const mebibytes of [20, 200]) {
    const file = join(folder, `${mebibytes}.eml`)
    await writeLarge(file, mebibytes)
    const script = `
      const { explain } = await import(${JSON.stringify(join(root, 'src', 'commands', 'explain.ts'))})
      const { settingsSchema } = await import(${JSON.stringify(join(root, 'src', 'settings', 'schema.ts'))})
      const code = await explain(settingsSchema.parse({}), { file: ${JSON.stringify(file)}, to: [] }, () => undefined)
      console.log(code, process.resourceUsage().maxRSS)`
    const { stdout } = await node(['--max-semi-space-size=4', '--input-type=module', '-e', script])
    const [code, peakKibibytes] = stdout.split(' ').map(Number)
    expect(code).toBe(0)
    peaks.push(peakKibibytes! / 1024)
    await rm(file)
  }
  expect(peaks[1]! - peaks[0]!).toBeLessThan(120)
})

/** With line feeds, so that they are converted as well. */
async function writeLarge(path: string, mebibytes: number): Promise<void> {
  const file = await open(path, 'w')
  const line = `${'QUJD'.repeat(19)}\n`
  const block = line.repeat(Math.ceil(1024 ** 2 / line.length))
  const [before, after] = multipartAround()
  await file.write(before)
  for (let written = 0; written < mebibytes; written += 1) await file.write(block)
  await file.write(after)
  await file.close()
}

function multipartAround(): [string, string] {
  const whole = mail(multipart('mixed', [leaf('Hej!', { type: 'text/plain' }), attachment('CUT', 'a.bin')]))
  const [before, after] = whole.toString().replaceAll('\r\n', '\n').split('Q1VU\n')
  return [before!, after!]
}
