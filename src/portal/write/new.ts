import { randomUUID } from 'node:crypto'
import { finished } from 'node:stream/promises'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { authenticate } from '#portal/login/authenticate.ts'
import { requireAccount } from '#portal/login/require-account.ts'
import { discardDraft } from '#database/drafts.ts'
import { deleteUpload } from '#database/uploads.ts'
import { Failure, isFailure } from '#failure.ts'
import { safeFileName } from '#mail/file-name.ts'
import type { Account } from '#model.ts'
import { describeDraft } from './describe-draft.ts'
import { readContent, readRevision, type DraftContent } from '#portal/options/draft-content.ts'
import { autosaveDraft, beginDraft, readDraft, saveDraft, type Draft } from './open-draft.ts'
import { readForm, type FormFile } from '#portal/server/read-form.ts'
import { storeFormFile } from './store-form-file.ts'
import type { UploadRoom } from './upload-room.ts'
import { composePage } from './compose-page.ts'
import type { Problem } from '#portal/pages/problem.ts'
import type { PortalDeps } from '#portal/server/portal-deps.ts'
import { sendMessage } from './send-message.ts'
import { allowScripts } from '#portal/server/security-headers.ts'
import { pageContext, showPage, type PageDeps } from '#portal/server/show-page.ts'
import { uuid } from '#platform/uuid.ts'
import { queryOf } from '#portal/server/fields-of.ts'

type DraftRoute = { Params: { draft: string } }
type Deps = PortalDeps & PageDeps & { room: UploadRoom }

/** A long text, with every letter of it encoded. */
const bodyLimit = 2 * 1024 * 1024

/** Where messages are written: the page, and what its form asks for. A draft is begun by the first thing that is posted. */
export function serveNew(app: FastifyInstance, deps: Deps): void {
  const requireWriter = makeRequireWriter(deps)

  app.get('/new', async (request, reply) => {
    await requireAccount(deps, request, reply)
    return reply.redirect(`/new/${randomUUID()}`, 303)
  })

  app.get<DraftRoute>('/new/:draft', async (request, reply) => {
    const account = await requireAccount(deps, request, reply)
    const draft = await readDraft(deps, request.params.draft, account.id)
    const { saved } = queryOf(request)
    const { content = null, revision = 0 } = draft ?? {}
    return showForm(deps, { request, reply, account, draft }, { content, revision, saved: saved !== undefined })
  })

  app.post<DraftRoute>('/new/:draft', { bodyLimit, config: { filesTakeLong: true } }, async (request, reply) => {
    const account = await requireWriter(request, reply)
    const draft = await beginDraft(deps, request.params.draft, account.id)
    const refused: Problem[] = []
    const form = await readForm(request, file => storeOrRefuse(deps, draft, file, refused))
    const content = readContent(form)
    const [action, id = ''] = String(form['do']).split(':')
    if (action === 'autosave') return autosave(deps, reply, draft, { content, revision: readRevision(form) })
    const revision = await saveDraft(deps, draft, { content, seen: readRevision(form) })
    const exchange = { request, reply, account, draft }
    if (form[filesLost] === 'yes' && action?.startsWith('send')) refused.push({ field: 'files', what: 'files lost' })
    if (refused.length > 0) return showForm(deps, exchange, { content, revision, problems: refused })
    if (!action?.startsWith('send')) return reply.redirect(await act(deps, exchange, { draft, action, id }), 303)
    const toSend = { account, draft, content, confirmed: action === 'send-anyway', address: request.ip }
    const result = await sendMessage(deps, toSend)
    if ('sent' in result) return reply.redirect(`/sent/${draft.id}?sent`, 303)
    return showForm(deps, exchange, { content, revision, ...result })
  })
}

/** The answer to a save of the page's own: 204, or 409 with the revision that the draft has, if a later save was faster. */
async function autosave(
  deps: Deps,
  reply: FastifyReply,
  draft: Draft,
  save: { content: DraftContent; revision: number },
): Promise<FastifyReply> {
  const revision = await autosaveDraft(deps, draft, save)
  return revision === null ? reply.code(204).send() : reply.code(409).send({ revision })
}

/** Does what a button of the form asks for, after its text is saved. Returns where the browser goes on. */
async function act(
  deps: Deps,
  { request, account }: Exchange,
  { draft, action, id }: { draft: Draft; action: string | undefined; id: string },
): Promise<string> {
  const here = `/new/${draft.id}`
  switch (action) {
    case 'discard':
      await discardDraft(deps.db, draft.id, account.id)
      return `/drafts?discarded=${draft.id}`
    case 'remove':
      if (uuid.test(id)) await deleteUpload(deps.db, id, draft.id)
      return `${here}#files`
    case 'add':
      return `${here}#files`
    case 'language':
      return `${here}?lang=${pageContext(deps, request).language}`
    default:
      return `${here}?saved`
  }
}

/** Stores a file of the form. One that the admin's limits keep out is left out, and told of. */
async function storeOrRefuse(deps: Deps, draft: Draft, file: FormFile, refused: Problem[]): Promise<void> {
  const { fileBytes, draftsBytes, files } = deps.settings.compose
  try {
    await storeFormFile(deps, draft, file)
  } catch (error) {
    if (isFailure(error, 'UPLOAD_TOO_BIG')) {
      const name = safeFileName(file.name, file.mediaType, 1)
      const atMostBytes = Math.min(fileBytes, error.details.atMost)
      const ofDrafts = { field: 'files', what: 'drafts too big', name, atMostBytes: draftsBytes } as const
      const isOfDrafts = error.details.of === 'drafts'
      refused.push(isOfDrafts ? ofDrafts : { field: 'files', what: 'file too big', name, atMostBytes })
    } else if (isFailure(error, 'UPLOADS_TOO_MANY')) {
      if (!refused.some(({ what }) => what === 'too many files'))
        refused.push({ field: 'files', what: 'too many files', atMost: files })
    } else throw error
    // The rest of the form comes behind it.
    await finished(file.bytes.resume())
  }
}

/** A field that says that files came with a form which nobody could be asked to keep. */
const filesLost = 'files-lost'

/** Of forms of nobody who is logged in, at the same time: whoever cannot log in must not fill our memory with them. */
const mostCarried = 8

/**
 * Tells the account of whoever posted the form. Who has been logged out is asked to log in, and all that they wrote is carried along, as
 * `requireAccount` does with other forms; but files are not, and nothing must be sent without them.
 */
function makeRequireWriter(deps: Deps) {
  let carried = 0
  return async (request: FastifyRequest, reply: FastifyReply): Promise<Account> => {
    const account = await (await authenticate(deps, request)).account()
    if (account) return account
    if (request.isMultipart() && carried < mostCarried) {
      carried += 1
      request.body = await readWithoutFiles(request).finally(() => (carried -= 1))
    }
    return requireAccount(deps, request, reply)
  }
}

/** Of files of nobody who is logged in, that are read and forgotten so that the fields behind them are not lost. */
const mostForgottenBytes = 16 * 1024 ** 2

/** Throws `NOT_LOGGED_IN` for files that are larger: nothing more of them is read. */
async function readWithoutFiles(request: FastifyRequest): Promise<Record<string, unknown>> {
  let hasFiles = false
  let forgottenBytes = 0
  const form = await readForm(request, async ({ bytes }) => {
    hasFiles = true
    for await (const chunk of bytes) {
      forgottenBytes += (chunk as Buffer).length
      if (forgottenBytes > mostForgottenBytes) throw new Failure('NOT_LOGGED_IN')
    }
  })
  return hasFiles ? { ...form, [filesLost]: 'yes' } : form
}

interface Exchange {
  request: FastifyRequest<DraftRoute>
  reply: FastifyReply
  account: Account
  draft: Draft | null
}

async function showForm(
  deps: Deps,
  { request, reply, account, draft: opened }: Exchange,
  shown: Parameters<typeof describeDraft>[2],
): Promise<FastifyReply> {
  allowScripts(reply)
  const { recipients, tus, chooseFiles, compose, draft } = deps.scripts
  // Before the others, since it fills in what was written before they look at it.
  const context = { ...pageContext(deps, request), scripts: [draft, recipients, tus, chooseFiles, compose] }
  const view = await describeDraft(
    deps,
    { id: request.params.draft, draft: opened, account, language: context.language },
    shown,
  )
  const status = view.problems.length > 0 ? 422 : 200
  return showPage(reply, status, composePage(context, view))
}
