import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { nodeFlags } from '#launch/node-flags.mjs'

const deployed = new URL('../../deploy/', import.meta.url)

test.each(['systemd/kuvert.service', 'Dockerfile'])('%s starts Node with the same flags as the command', async file => {
  const text = await readFile(new URL(file, deployed), 'utf8')
  const command = text.split('\n').find(line => /^(ExecStart=|ENTRYPOINT )/.test(line)) ?? ''
  expect(command.match(/--[\w-]+(=\d+)?(?=[ "].*\/src\/launch\/kuvert\.mjs)/g)).toEqual(nodeFlags)
})
