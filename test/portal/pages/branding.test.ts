import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { colourRules } from '#portal/server/colours.ts'
import { contrast, leastContrast, readColour, white, type Colour } from '#settings/colour.ts'
import { startTestPortal } from '../../support/test-portal.ts'

test("the pages carry the organisation's name, logo and colour", async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kuvert-logo-'))
  const logo = join(folder, 'logo.svg')
  await writeFile(
    logo,
    '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><rect width="10" height="10"/></svg>',
  )
  const portal = await startTestPortal({ portal: { colour: '#7a1450', logo } })
  try {
    const page = await (await fetch(portal.origin)).text()
    expect(page).toContain('Provkommun')
    const image = await fetch(portal.origin + /<img class="logo" src="([^"]+)"/.exec(page)![1]!)
    expect([image.status, image.headers.get('content-type')]).toEqual([200, 'image/svg+xml'])
    const sheet = await (await fetch(portal.origin + /<link rel="stylesheet" href="([^"]+)"/.exec(page)![1]!)).text()
    expect(sheet).toContain('--accent:rgb(122 20 80);')
  } finally {
    await portal.close()
    await rm(folder, { recursive: true, force: true })
  }
})

test.each(['#14507a', '#7a1450', '#000000', '#005500', '#8b4513', '#4b0082', '#b00020', '#767676'])(
  '%s can be read in the light and in the dark',
  hex => {
    expect(contrast(readColour(hex), white)).toBeGreaterThanOrEqual(leastContrast)
    const dark = colourRules(hex).split('prefers-color-scheme: dark')[1]!
    const named = (name: string) =>
      new RegExp(`--${name}:rgb\\((\\d+) (\\d+) (\\d+)\\)`).exec(dark)!.slice(1).map(Number) as unknown as Colour
    expect(contrast(named('accent'), readColour('#1c2329'))).toBeGreaterThanOrEqual(leastContrast)
    expect(contrast(named('accent'), named('on-accent'))).toBeGreaterThanOrEqual(leastContrast)
  },
)
