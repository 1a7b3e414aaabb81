/** PostgreSQL refuses to run as root: as root it is started as `nobody`. */
export const nobody = 65_534

export function isRoot(): boolean {
  return process.getuid?.() === 0
}
