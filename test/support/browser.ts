/** The browser of a test worker, and its pages. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { afterAll } from 'vitest'
import { findChromium } from './chromium.ts'
import type { Person } from './client.ts'
import { matchNamesExactly } from './exact-names.ts'

/** False in a new clone: `npm start` and a full `npm test` build the workspace. */
export const isWorkspaceBuilt = existsSync(join(import.meta.dirname, '../../web/dist/index.html'))
export const missingWorkspaceReason = 'the workspace is not built (`npm start` builds it)'

const flags = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run', '--disable-quic']

let shared: ReturnType<typeof startBrowser> | undefined

/** Starts a browser, or returns why it cannot. */
async function startBrowser(): Promise<Browser | { missing: string }> {
  try {
    const executablePath = await findChromium()
    if (executablePath) return await chromium.launch({ executablePath, args: flags })
  } catch (error) {
    return { missing: `Chromium did not start (${(error as Error).message.split('\n')[0]})` }
  }
  return { missing: 'there is no Chromium: install it, set E2E_CHROMIUM, or use Linux x64' }
}

/**
 * Returns the worker's browser and closes its pages after the tests of a file. Without a browser it logs what is not tested, and returns
 * undefined.
 * @param what the subject of the tests, for that line
 * @param missing a reason why the tests cannot run even with a browser
 */
export async function getBrowser(
  what: string,
  missing = isWorkspaceBuilt ? undefined : missingWorkspaceReason,
): Promise<Browser | undefined> {
  const started = missing === undefined ? await (shared ??= startBrowser()) : { missing }
  if (!('missing' in started)) {
    afterAll(() => closePages(started))
    return started
  }
  console.log(`Not tested here: ${what}, as ${started.missing}.`)
  return undefined
}

export async function closePages(browser: Browser | undefined): Promise<void> {
  await Promise.all(browser?.contexts().map((context) => context.close()) ?? [])
}

/** Opens a page in a new browser context, with reduced motion and locators that match whole accessible names. */
export async function openPage(browser: Browser | undefined, options?: BrowserContextOptions): Promise<Page> {
  if (!browser) throw new Error('There is no browser.')
  const page = await (await browser.newContext({ reducedMotion: 'reduce', ...options })).newPage()
  matchNamesExactly(page)
  page.setDefaultTimeout(45_000)
  return page
}

/** Storage key of the workspace's session, as in `web/lib/session.ts`. */
const sessionKey = 'smartstart:session'

/**
 * Signs a person in with a new session and opens the workspace. It does not use the sign-in form, which `test/web/password.test.ts` tests.
 * @param path of the page to open
 */
export async function signIn(page: Page, url: string, { email, password }: Person, path = '/'): Promise<void> {
  const response = await page.context().request.post(`${url}/api/auth/login`, { data: { email, password } })
  if (response.status() !== 200) throw new Error(`${email} could not sign in: ${await response.text()}`)
  const { user, accessToken, refreshToken, expiresIn } = await response.json()
  const session = {
    session: { user, refreshToken },
    access: { token: accessToken, endsAt: Date.now() + expiresIn * 1000, userId: user.id },
  }
  await page.addInitScript(
    ([key, { session, access }]) => {
      // only once in each tab: afterwards the page manages its session
      if (sessionStorage.getItem('test:signed-in')) return
      sessionStorage.setItem('test:signed-in', 'yes')
      localStorage.setItem(key, JSON.stringify(session))
      sessionStorage.setItem(key, JSON.stringify(access))
    },
    [sessionKey, session] as const,
  )
  await page.goto(url + path)
  if (path === '/') await page.getByRole('button', { name: 'New' }).waitFor()
}
