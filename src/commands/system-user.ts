import { userInfo } from 'node:os'

/** Who types a command, for the audit: the user's name on this machine, or its number if it has none (in a container). */
export function systemUser(): string {
  try {
    return userInfo().username
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`
  }
}
