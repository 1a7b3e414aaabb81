/** What keeps a contact from being kept. Pages put it into words. */
export type ContactProblem =
  | { field: 'name'; what: 'no name' }
  | { field: 'name'; what: 'name is taken'; name: string }
  | { field: 'name'; what: 'name is another address' }
  | { field: 'addresses'; what: 'no address' }
  | { field: 'addresses'; what: 'not an address'; entries: string[] }
  | { field: 'addresses'; what: 'too many addresses'; atMost: number }
  | { field: 'name'; what: 'too many contacts'; atMost: number }

/** Of one account. */
export const maxContacts = 5000
/** Of a file with contacts. */
export const maxFileBytes = 1024 ** 2
/** Of one contact. */
export const maxAddresses = 500
