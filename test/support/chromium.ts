import { chromium, type Browser } from 'playwright-core'
import { findServer } from './servers.ts'

/** A real Chromium without a window, that talks to nobody but the pages it is told to open. */
export async function openChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: findServer('chromium') ?? 'chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}
