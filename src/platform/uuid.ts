/** An id as Kuvert and PostgreSQL write it (RFC 9562 section 4), in lower case. */
export const uuid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/
