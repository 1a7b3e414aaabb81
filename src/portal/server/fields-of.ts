import type { FastifyRequest } from 'fastify'

/** What a browser sent, by name. Nothing is known of it: a field may be missing, or be a list. */
export type Fields = Record<string, unknown>

/** The fields of a form in the body of a request; none if it has no body. */
export function formOf(request: Pick<FastifyRequest, 'body'>): Fields {
  return (request.body ?? {}) as Fields
}

/** The fields behind the `?` of a URL. */
export function queryOf(request: Pick<FastifyRequest, 'query'>): Fields {
  return request.query as Fields
}
