/** A Chromium: where E2E_CHROMIUM points, one in PATH, or the one of a package; else none, and the reason. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'

const names = ['chromium', 'chromium-browser', 'google-chrome']
const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run', '--disable-quic']

async function executable(): Promise<string | undefined> {
  const given = process.env.E2E_CHROMIUM
  if (given) return given
  for (const folder of (process.env.PATH ?? '').split(':')) {
    const found = names.map((name) => join(folder, name)).find(existsSync)
    if (found) return found
  }
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined
  const { default: packaged } = await import('@sparticuz/chromium')
  return packaged.executablePath()
}

/** Starts a browser, or answers why there is none. */
export async function startBrowser(): Promise<Browser | { missing: string }> {
  try {
    const executablePath = await executable()
    if (executablePath) return await chromium.launch({ executablePath, args: quiet })
  } catch (error) {
    return { missing: `Chromium did not start (${(error as Error).message.split('\n')[0]})` }
  }
  return { missing: 'there is no Chromium: install it, set E2E_CHROMIUM, or use Linux x64' }
}
