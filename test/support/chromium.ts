/** A Chromium: where E2E_CHROMIUM points, one in PATH, or the one of a package. */
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const names = ['chromium', 'chromium-browser', 'google-chrome']

/** Its executable; undefined where there is none. Unpacks that of the package, so it runs once before several workers ask. */
export async function findChromium(): Promise<string | undefined> {
  const configuredPath = process.env.E2E_CHROMIUM
  if (configuredPath) return configuredPath
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const found = names.map((name) => join(folder, name)).find(existsSync)
    if (found) return found
  }
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined
  const { default: packaged } = await import('@sparticuz/chromium')
  return packaged.executablePath()
}
