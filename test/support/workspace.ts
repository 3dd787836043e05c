/** Set-up of tests that use the workspace in a browser. */
import { join } from 'node:path'
import type { BrowserContextOptions, Locator, Page } from 'playwright-core'
import { beforeAll, describe } from 'vitest'
import type { Node } from '../../main.ts'
import { getBrowser, openPage, signIn } from './browser.ts'
import type { Person } from './client.ts'
import { getEmptyNode } from './node.ts'
import { waitUntil } from './wait-until.ts'

/** Window sizes of a laptop and of a phone. */
export const laptopWindow: BrowserContextOptions = { viewport: { width: 1280, height: 800 } }
export const phoneWindow: BrowserContextOptions = { viewport: { width: 390, height: 844 } }

/** A node with empty tables, and the browser. */
export interface Workspace {
  readonly node: Node
  /** The node's address. */
  readonly url: string
  /** Opens a page in a new browser context without a session. */
  readonly openSignedOut: (path: string, options?: BrowserContextOptions) => Promise<Page>
  /**
   * Opens a page in a new browser context, signed in as a person.
   * @param path for example `/inbox`
   * @param prepare called with the empty page
   */
  readonly openAs: (person: Person, path?: string, options?: BrowserContextOptions, prepare?: (page: Page) => unknown) => Promise<Page>
}

/** Defines tests that need a browser. Without a browser or a built workspace they are skipped, and the reason is logged. */
export async function describeInBrowser(title: string, define: (workspace: Workspace) => void): Promise<void> {
  const browser = await getBrowser(title)
  describe.skipIf(!browser)(title, { timeout: 180_000 }, () => {
    let node: Node
    beforeAll(async () => {
      node = await getEmptyNode()
    })
    define({
      get node() {
        return node
      },
      get url() {
        return node.url
      },
      async openSignedOut(path, options = laptopWindow) {
        const page = await openPage(browser, options)
        await page.goto(node.url + path)
        return page
      },
      async openAs(person, path, options = laptopWindow, prepare) {
        const page = await openPage(browser, options)
        await prepare?.(page)
        await signIn(page, node.url, person, path)
        return page
      },
    })
  })
}

/** The editor of a document, or the revision that is shown in its place. */
export const getEditor = (page: Page) => page.locator('[contenteditable]').first()

/** Waits until the server has committed the edits of a page. */
export const waitUntilSaved = (page: Page) => page.locator('[data-save-state="saved"]').waitFor()

/** Selects the word in the middle of an element by a double click. Repeats it, since loading content can remove the selection. */
export async function selectWord(page: Page, element: Locator): Promise<void> {
  const toolbar = page.getByRole('toolbar', { name: 'Selected text' })
  await waitUntil(async () => {
    await element.dblclick()
    return toolbar.waitFor({ timeout: 2000 }).then(
      () => true,
      () => false,
    )
  }, 'the word to be selected')
}

/** Takes screenshots of a page, light and dark, into the folder SCREENSHOTS. Does nothing without that variable. */
export async function screenshot(page: Page, name: string): Promise<void> {
  const folder = process.env.SCREENSHOTS
  if (!folder) return
  const { width } = page.viewportSize() ?? { width: 0 }
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme })
    await page.screenshot({ path: join(folder, `${name}-${width}-${colorScheme}.png`), animations: 'disabled' })
  }
}
