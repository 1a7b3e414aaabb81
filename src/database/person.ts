/**
 * Whom downloads count for: the recipient of a link (`link:<uuid>`), or another local who has the link (`account:<id>`).
 * Tables keep either in a column of its own: `person_link` and `person_account`.
 */
export function personColumns(person: string): { link: string | null; account: string | null } {
  const [kind, id] = [person.slice(0, person.indexOf(':')), person.slice(person.indexOf(':') + 1)]
  return kind === 'link' ? { link: id, account: null } : { link: null, account: id }
}

/** The person of a row as one text, to tell. */
export const personText = `coalesce('link:' || person_link, 'account:' || person_account)`
