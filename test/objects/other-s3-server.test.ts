import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Objects } from '#objects/objects.ts'
import { openS3Objects } from '#objects/s3-objects.ts'
import { makeCertificates, makeSelfSigned } from '../support/certificates.ts'
import { hasServer } from '../support/servers.ts'
import { startVersitygw, type Versitygw } from '../support/versitygw.ts'
import { describeObjects, expectAway, freshKey, streamOf } from './objects-contract.ts'

describe.skipIf(!hasServer('versitygw'))('object storage in a bucket of another server', () => {
  let server: Versitygw
  let objects: Objects
  beforeAll(async () => {
    server = await startVersitygw()
    objects = openS3Objects(server.settings)
  })
  afterAll(() => server.stop())

  describeObjects(() => objects)
})

describe.skipIf(!hasServer('versitygw') || !hasServer('openssl'))('object storage in a bucket over https', () => {
  let folder: string
  let server: Versitygw
  let objects: Objects
  const trusted = getCACertificates('default')
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kuvert-s3-https-'))
    const { ca, certificate, key } = await makeCertificates(folder, ['localhost'])
    // As NODE_EXTRA_CA_CERTS does for a process that starts.
    setDefaultCACertificates([...trusted, await readFile(ca, 'utf8')])
    server = await startVersitygw({ tls: { certificate, key } })
    objects = openS3Objects(server.settings)
  })
  afterAll(async () => {
    setDefaultCACertificates(trusted)
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  })

  describeObjects(() => objects)

  it('is away where nobody vouches for the server, and nothing is sent to it', async () => {
    setDefaultCACertificates([
      ...trusted,
      await readFile((await makeSelfSigned(folder, 'localhost')).certificate, 'utf8'),
    ])
    const wary = openS3Objects(server.settings)
    expect(await expectAway(wary.check())).toMatch(/certificate/)
    await expectAway(wary.put(freshKey(), 3, streamOf(Buffer.from('abc'))))
  })
})
