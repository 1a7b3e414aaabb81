import { execFile } from 'node:child_process'
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { crc32 } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { layOutZip, type ZipLayout } from '#portal/open/zip-layout.ts'
import { findProgram } from '../../support/servers.ts'

const run = promisify(execFile)
const modifiedAt = new Date(2026, 10, 24, 8, 30, 16)
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kuvert-zip-'))
})
afterAll(() => rm(folder, { recursive: true }))

const contents: Record<string, Buffer> = {
  'Ärende åäö €.txt': Buffer.from('innehåll'),
  'tom.txt': Buffer.alloc(0),
  'b.bin': Buffer.alloc(100_000, 7),
}

describe.skipIf(!findProgram('unzip') || !findProgram('python3'))('a zip', () => {
  test.each([false, true])('unzip and Python read what is laid out, with Zip64 forced: %s', async forced => {
    const layout = layOutZip(sized(contents), modifiedAt, forced)
    const zip = assemble(layout)
    expect(zip).toHaveLength(layout.sizeBytes)
    expect(zip.includes(Buffer.from([0x50, 0x4b, 6, 6]))).toBe(forced)
    const file = join(folder, `${forced}.zip`)
    await writeFile(file, zip)
    expect((await run('unzip', ['-t', file])).stdout).toContain('No errors detected')
    expect((await run('unzip', ['-p', file, 'b.bin'], { encoding: 'buffer' })).stdout).toEqual(contents['b.bin'])
    const listed = await readByPython(
      file,
      `assert z.testzip() is None
    print(json.dumps([[i.filename, i.file_size, list(i.date_time), z.read(i).hex()[:20]] for i in z.infolist()]))`,
    )
    const time = [2026, 11, 24, 8, 30, 16]
    expect(listed).toEqual(
      Object.entries(contents).map(([name, bytes]) => [name, bytes.length, time, bytes.toString('hex').slice(0, 20)]),
    )
  })

  test('a file above 4 GiB, and what stands behind it, are found by Zip64 without being forced', async () => {
    const large = 4.5 * 1024 ** 3
    const after = Buffer.from('efter 4 GiB')
    const layout = layOutZip(
      [
        { name: 'stor.bin', sizeBytes: large },
        { name: 'efter.txt', sizeBytes: after.length },
      ],
      modifiedAt,
    )
    const [first, second] = layout.entries
    // The large one is a hole: nothing of it is written or read.
    const file = join(folder, 'large.zip')
    const handle = await open(file, 'w')
    await handle.write(first!.header, 0, first!.header.length, first!.headerAt)
    const sums = [0, crc32(after)]
    const rest = Buffer.concat([
      layout.descriptor(first!, 0),
      second!.header,
      after,
      layout.descriptor(second!, sums[1]!),
      layout.directory(sums),
    ])
    await handle.write(rest, 0, rest.length, first!.descriptorAt)
    expect((await handle.stat()).size).toBe(layout.sizeBytes)
    await handle.close()
    expect(
      await readByPython(
        file,
        "print(json.dumps([[i.file_size for i in z.infolist()], z.read('efter.txt').decode()]))",
      ),
    ).toEqual([[large, after.length], 'efter 4 GiB'])
    expect((await run('unzip', ['-p', file, 'efter.txt'])).stdout).toBe('efter 4 GiB')
    expect((await run('unzip', ['-l', file])).stdout).toContain(String(large))
  })
})

function sized(all: Record<string, Buffer>) {
  return Object.entries(all).map(([name, bytes]) => ({ name, sizeBytes: bytes.length }))
}

function assemble(layout: ZipLayout): Buffer {
  const sums = layout.entries.map(entry => crc32(contents[entry.name]!))
  const written = layout.entries.flatMap((entry, index) => [
    entry.header,
    contents[entry.name]!,
    layout.descriptor(entry, sums[index]!),
  ])
  return Buffer.concat([...written, layout.directory(sums)])
}

async function readByPython(file: string, code: string): Promise<unknown> {
  const script = `import sys, zipfile, json
with zipfile.ZipFile(sys.argv[1]) as z:
    ${code}`
  return JSON.parse((await run('python3', ['-c', script, file])).stdout)
}
