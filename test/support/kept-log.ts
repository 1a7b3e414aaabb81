/** A failing test prints no more than the last lines, of at most so many characters each. */
const mostLines = 400
const mostCharacters = 2000

const lines: string[] = []

/** Keeps a line that a Kuvert of this test file has logged, in this process or in another. */
export function keepLine(line: string): void {
  lines.push(line.trimEnd().slice(0, mostCharacters))
  if (lines.length > mostLines) lines.shift()
}

/** Returns the lines kept since the last call, oldest first. */
export function takeKeptLines(): string[] {
  return lines.splice(0)
}
