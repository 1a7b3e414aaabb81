import type { Page } from 'playwright-core'

/** Presses Tab until what has the focus has this accessible name, as a screen reader would say it. */
export async function tabTo(page: Page, name: string, mostPresses = 60): Promise<void> {
  const devtools = await page.context().newCDPSession(page)
  for (let presses = 0; presses < mostPresses; presses += 1) {
    await page.keyboard.press('Tab')
    const { nodes } = await devtools.send('Accessibility.getFullAXTree')
    const focused = nodes.findLast(node =>
      node.properties?.some(({ name: key, value }) => key === 'focused' && value.value === true),
    )
    if (String(focused?.name?.value ?? '').trim() === name) return devtools.detach()
  }
  throw new Error(`Nothing called "${name}" can be reached with the keyboard.`)
}
