/** Locators that match accessible names whole. By itself Playwright looks for a part of a name, in either case: `Comment` would find `Comments`. */
import type { Page } from 'playwright-core'

type Options = { name?: string | RegExp; exact?: boolean }
type Locators = Record<'getByRole' | 'getByLabel', (text: never, options?: Options) => unknown>

const changed = new WeakSet<object>()

/**
 * Makes `exact: true` the default of `getByRole` and `getByLabel`, on every page and locator of this process. Regular expressions stay as they
 * are. The label of a required field ends with an asterisk, its accessible name does not.
 */
export function matchNamesExactly(page: Page): void {
  for (const locators of [page, page.locator('html'), page.frameLocator('iframe')]) {
    const prototype = Object.getPrototypeOf(locators) as Locators
    if (changed.has(prototype)) continue
    changed.add(prototype)
    for (const name of ['getByRole', 'getByLabel'] as const) {
      const original = prototype[name]
      prototype[name] = function (this: unknown, text, options) {
        return original.call(this, text, { exact: true, ...options })
      }
    }
  }
}
