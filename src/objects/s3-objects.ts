import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { S3Error, type BucketItem, type Client } from 'minio'
import { cutIntoSegments } from '#crypto/segments.ts'
import type { ByteRange } from '#model.ts'
import { checkObjectKey } from './object-key.ts'
import { readInto } from './byte-source.ts'
import type { ObjectEntry, Objects } from './objects.ts'
import { openS3Client, type S3Settings } from './s3-client.ts'
import { timedBody } from './s3-body.ts'
import { storageAway, wrongSize } from './storage-away.ts'

/** S3 takes parts of 5 MiB and more, and 10,000 of them at most. */
const smallestPartBytes = 8 * 1024 * 1024
const mostParts = 9_000

interface Bucket {
  client: Client
  settings: S3Settings
}

/**
 * Object storage in a bucket of any S3 server. Parts are uploaded one by one from one buffer, because the
 * client's own `putObject` for streams holds much more in memory, never settles when its source fails, and
 * resumes what an earlier attempt left under the key.
 */
export function openS3Objects(settings: S3Settings): Objects {
  const bucket: Bucket = { client: openS3Client(settings), settings }
  return {
    put: (key, sizeBytes, source) => put(bucket, key, sizeBytes, source),
    open: async (key, range) => readInto(await get(bucket, key, range)),
    remove: key => remove(bucket, key),
    list: () => list(bucket),
    check: () => check(bucket),
  }
}

async function put(bucket: Bucket, key: string, sizeBytes: number, source: AsyncIterable<Buffer>): Promise<void> {
  try {
    const partBytes = Math.max(smallestPartBytes, Math.ceil(sizeBytes / mostParts))
    const name = nameOf(bucket, key)
    if (sizeBytes <= partBytes) await putWhole(bucket, name, sizeBytes, source)
    else await putParts(bucket, name, { sizeBytes, partBytes }, source)
    await verify(bucket, name, sizeBytes)
  } finally {
    if (source instanceof Readable) source.destroy()
  }
}

async function putWhole(
  { client, settings }: Bucket,
  name: string,
  sizeBytes: number,
  source: AsyncIterable<Buffer>,
): Promise<void> {
  for await (const bytes of partsOf(source, sizeBytes, sizeBytes)) {
    await ask(() => client.putObject(settings.bucket, name, bytes, sizeBytes))
  }
}

async function putParts(
  bucket: Bucket,
  name: string,
  { sizeBytes, partBytes }: { sizeBytes: number; partBytes: number },
  source: AsyncIterable<Buffer>,
): Promise<void> {
  const { client, settings } = bucket
  const uploadId = await ask(() => client.initiateNewMultipartUpload(settings.bucket, name, {}))
  try {
    const etags: { part: number; etag: string }[] = []
    for await (const bytes of partsOf(source, sizeBytes, partBytes)) {
      const part = etags.length + 1
      const { etag } = await ask(() => uploadPart(bucket, { name, uploadId, part }, bytes))
      etags.push({ part, etag })
    }
    await ask(() => client.completeMultipartUpload(settings.bucket, name, uploadId, etags))
  } catch (error) {
    // If not even this can be done, upkeep sweeps it; the caller is told what went wrong first.
    await client.abortMultipartUpload(settings.bucket, name, uploadId).catch(() => undefined)
    throw error
  }
}

function uploadPart(
  { client, settings }: Bucket,
  { name, uploadId, part }: { name: string; uploadId: string; part: number },
  bytes: Buffer,
): Promise<{ etag: string }> {
  // Without TLS, the request's signature covers a hash of the bytes already.
  const secure = settings.endpoint.startsWith('https:')
  const headers = secure ? { 'content-md5': createHash('md5').update(bytes).digest('base64') } : {}
  const target = { bucketName: settings.bucket, objectName: name, uploadID: uploadId, partNumber: part, headers }
  return client.uploadPart(target, bytes)
}

/** Cuts the source into parts, and throws before the last part of a source that has the wrong size. */
async function* partsOf(source: AsyncIterable<Buffer>, sizeBytes: number, partBytes: number): AsyncGenerator<Buffer> {
  let deliveredBytes = 0
  for await (const { bytes, last } of cutIntoSegments(source, partBytes, partBytes)) {
    deliveredBytes += bytes.length
    const wrong = last ? deliveredBytes !== sizeBytes : deliveredBytes >= sizeBytes
    if (wrong) throw wrongSize(sizeBytes, last ? deliveredBytes : deliveredBytes + 1)
    yield bytes
  }
}

async function verify({ client, settings }: Bucket, name: string, sizeBytes: number): Promise<void> {
  await ask(async () => {
    const { size } = await client.statObject(settings.bucket, name)
    if (size !== sizeBytes) throw new Error(`The object ${name} has ${size} bytes instead of ${sizeBytes}.`)
  })
}

async function get(bucket: Bucket, key: string, range?: ByteRange): Promise<Readable> {
  const { client, settings } = bucket
  const name = nameOf(bucket, key)
  const lengthBytes = range && range.end - range.start
  if (lengthBytes === 0) return Readable.from([])
  return ask(async () => {
    const body = range
      ? await client.getPartialObject(settings.bucket, name, range.start, lengthBytes)
      : await client.getObject(settings.bucket, name)
    return timedBody(body, lengthBytes, settings.timeoutSeconds)
  })
}

async function remove(bucket: Bucket, key: string): Promise<void> {
  const { client, settings } = bucket
  const name = nameOf(bucket, key)
  await ask(async () => {
    await client.removeObject(settings.bucket, name)
    const uploadId = await client.findUploadId(settings.bucket, name)
    if (uploadId !== undefined) await client.abortMultipartUpload(settings.bucket, name, uploadId)
  })
}

async function* list({ client, settings: { bucket, prefix } }: Bucket): AsyncIterable<ObjectEntry> {
  try {
    for await (const item of client.listObjectsV2(bucket, prefix, true) as AsyncIterable<BucketItem>) {
      if (item.name === undefined) continue
      yield { key: item.name.slice(prefix.length), sizeBytes: item.size, modifiedAt: item.lastModified }
    }
    for await (const upload of client.listIncompleteUploads(bucket, prefix, true)) {
      yield { key: upload.key.slice(prefix.length), sizeBytes: upload.size, modifiedAt: upload.initiated }
    }
  } catch (error) {
    throw storageAway(forLog(error))
  }
}

async function check({ client, settings }: Bucket): Promise<void> {
  await ask(async () => {
    if (!(await client.bucketExists(settings.bucket))) throw new Error(`There is no bucket ${settings.bucket}.`)
  })
}

function nameOf({ settings }: Bucket, key: string): string {
  checkObjectKey(key)
  return settings.prefix + key
}

async function ask<T>(request: () => Promise<T>): Promise<T> {
  try {
    return await request()
  } catch (error) {
    throw storageAway(forLog(error))
  }
}

/** The server's error has fields of the server's choosing, also from the request: only what it is goes to the log. */
function forLog(error: unknown): unknown {
  if (!(error instanceof S3Error)) return error
  if (error.code === 'NoSuchKey') return new Error('The object is not in storage.')
  return new Error(`The S3 server answered ${error.code ?? 'an error'}: ${error.message}`)
}
