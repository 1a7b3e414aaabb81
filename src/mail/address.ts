/** The one spelling of a login, id or address that comparisons use: composed (NFC) and lower case. */
export function canonical(text: string): string {
  return text.normalize('NFC').toLowerCase()
}

/** More than any login, password or address has; a server may hang up on a question that is too long. */
const maxBytes = 1024

/** Whether this can be a login, id or address at all. */
export function canBeName(text: string): boolean {
  return text.trim() !== '' && !text.includes('\0') && Buffer.byteLength(text) <= maxBytes
}

/**
 * Whether this can be somebody's login and password at all. LDAP takes an empty password for an anonymous
 * login, which succeeds (RFC 4513 section 5.1.2), and some servers stop reading at NUL.
 */
export function canBeRight(login: string, password: string): boolean {
  return canBeName(login) && canBeName(password)
}
