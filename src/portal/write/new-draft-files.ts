import type { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { deleteUpload, findUpload } from '#database/uploads.ts'
import { Failure, failures, isTold } from '#failure.ts'
import { authenticate } from '#portal/login/authenticate.ts'
import { beginUpload } from './begin-upload.ts'
import { beginDraft, readDraft } from './open-draft.ts'
import { storePieces } from './store-pieces.ts'
import type { UploadRoom } from './upload-room.ts'
import type { PortalDeps } from '#portal/server/portal-deps.ts'
import { uuid } from '#platform/uuid.ts'

type DraftRoute = { Params: { draft: string } }
type UploadRoute = { Params: { draft: string; upload: string } }

const version = '1.0.0'
const bodyType = 'application/offset+octet-stream'

/**
 * Uploads that go on where they were cut off: tus 1.0, core, creation and termination. Each request authorises itself. What has been
 * received is in the database and the storage alone, so that any node can go on with it.
 */
export function serveNewDraftFiles(app: FastifyInstance, deps: PortalDeps & { room: UploadRoom }): void {
  app.addContentTypeParser(bodyType, (_, payload, done) => done(null, payload))
  /** Of this node. Another node's are kept apart by the database. */
  const running = new Map<string, { body: Readable; ended: Promise<unknown> }>()

  app.register(async tus => {
    tus.addHook('onRequest', async (request, reply) => {
      reply.header('Tus-Resumable', version)
      if (request.headers['tus-resumable'] !== version) return reply.code(412).header('Tus-Version', version).send()
    })
    tus.setErrorHandler((error, request, reply) => replyWithStatus(deps, error, request, reply))

    tus.post<DraftRoute>('/new/:draft/files', async (request, reply) => {
      const account = await requireLogin(deps, request)
      const draft = await beginDraft(deps, request.params.draft, account.id)
      const metadata = readMetadata(request.headers['upload-metadata'])
      const upload = await beginUpload(deps, draft, {
        name: metadata.get('filename') ?? null,
        mediaType: metadata.get('filetype') ?? '',
        sizeBytes: readCount(deps, request.headers['upload-length']),
      })
      return reply.code(201).header('Location', `/new/${draft.id}/files/${upload.id}`).send()
    })

    tus.head<UploadRoute>('/new/:draft/files/:upload', async (request, reply) => {
      // Who asks where to go on has lost the request before, which may not have noticed: it keeps what it has, and ends.
      const before = running.get(request.params.upload)
      if (before && (await findOwn(deps, request))) {
        before.body.destroy()
        await before.ended
      }
      const { upload } = await findOwn(deps, request)
      reply.headers({ 'Upload-Offset': upload.receivedBytes, 'Upload-Length': upload.sizeBytes })
      return reply.code(200).send()
    })

    tus.patch<UploadRoute>('/new/:draft/files/:upload', { config: { filesTakeLong: true } }, async (request, reply) => {
      const { draft, upload } = await findOwn(deps, request)
      if (readCount(deps, request.headers['upload-offset']) !== upload.receivedBytes)
        throw new Failure('UPLOAD_MOVED_ON')
      const { id, sizeBytes, receivedBytes, objects } = upload
      const receiving = { id, sizeBytes, receivedBytes, messageKey: draft.messageKey, pieces: objects.length }
      const body = request.body as Readable
      const storing = storePieces(deps, receiving, body)
      running.set(id, { body, ended: storing.catch(() => undefined) })
      const offset = await storing.finally(() => running.delete(id))
      return reply.code(204).header('Upload-Offset', offset).send()
    })

    tus.delete<UploadRoute>('/new/:draft/files/:upload', async (request, reply: FastifyReply) => {
      const { draft, upload } = await findOwn(deps, request)
      await deleteUpload(deps.db, upload.id, draft.id)
      return reply.code(204).send()
    })
  })
}

/** A client of tus is told by the status. Throws what is not for it: the portal tells that. */
function replyWithStatus({ log }: PortalDeps, error: unknown, request: FastifyRequest, reply: FastifyReply) {
  if (!isTold(error, 'upload')) throw error
  const status = failures[error.code].upload
  if (status === 503) log.warn({ request: request.id, err: error }, 'An upload could not be stored')
  return reply.code(status).type('text/plain').send(`${error.code}\n`)
}

async function requireLogin(deps: PortalDeps, request: FastifyRequest) {
  const account = await (await authenticate(deps, request)).account()
  if (!account) throw new Failure('NOT_LOGGED_IN')
  return account
}

async function findOwn(deps: PortalDeps, request: FastifyRequest<UploadRoute>) {
  const account = await requireLogin(deps, request)
  const draft = await readDraft(deps, request.params.draft, account.id)
  const upload =
    draft && uuid.test(request.params.upload) ? await findUpload(deps.db, request.params.upload, draft.id) : null
  if (!draft || !upload) throw new Failure('UPLOAD_UNKNOWN')
  return { draft, upload }
}

/** `filename d29yZA==,filetype dGV4dC9wbGFpbg==`; what is malformed is left out. */
function readMetadata(header: string | string[] | undefined): Map<string, string> {
  const pairs = String(header ?? '')
    .split(',')
    .map(pair => pair.trim().split(' '))
  return new Map(pairs.map(([key = '', value = '']) => [key, Buffer.from(value, 'base64').toString('utf8')]))
}

/** Throws `UPLOAD_TOO_BIG` for what is no number of bytes at all. */
function readCount({ settings }: PortalDeps, header: string | string[] | undefined): number {
  const text = String(header ?? '')
  if (!/^\d{1,15}$/.test(text)) throw new Failure('UPLOAD_TOO_BIG', { atMost: settings.compose.fileBytes })
  return Number(text)
}
