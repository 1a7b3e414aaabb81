import { writeFile } from 'node:fs/promises'
import { exampleYaml } from '#settings/example.ts'

/** Prints an example of a configuration with every setting, or writes it to a file. */
export async function runExample(options: { file: string | undefined }): Promise<number> {
  if (options.file === undefined) process.stdout.write(exampleYaml())
  else await writeFile(options.file, exampleYaml())
  return 0
}
