/** Finds Chromium: the path in E2E_CHROMIUM, a program in PATH, or the npm package. */
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const names = ['chromium', 'chromium-browser', 'google-chrome']

/** Returns the path of the executable, or undefined. It may unpack the package, so call it once before the workers start. */
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
