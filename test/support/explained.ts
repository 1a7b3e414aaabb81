import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { z } from 'zod'
import { explain } from '#commands/explain.ts'
import { settingsSchema } from '#settings/schema.ts'

export interface Explained {
  code: number
  lines: string[]
  /** All of it, with every run of white space as one blank: where lines are broken does not count. */
  words: string
}

export interface ToExplain {
  settings?: z.input<typeof settingsSchema>
  to?: string[]
  outFolder?: string
}

/** Explains a mail as if it stood in a file. */
export async function explained(mail: Buffer | string, asked: ToExplain = {}): Promise<Explained> {
  const folder = await mkdtemp(join(tmpdir(), 'kuvert-explain-'))
  try {
    const file = join(folder, 'mail.eml')
    await writeFile(file, mail)
    const lines: string[] = []
    const { settings = {}, to = [], outFolder } = asked
    const out = outFolder === undefined ? {} : { outFolder }
    const code = await explain(settingsSchema.parse(settings), { file, to, ...out }, line => lines.push(line))
    return { code, lines, words: lines.join(' ').replace(/\s+/g, ' ') }
  } finally {
    await rm(folder, { recursive: true })
  }
}
