/** Locators that match whole accessible names. By default Playwright matches substrings without case: `Comment` would match `Comments`. */
import type { Page } from 'playwright-core'

type Options = { name?: string | RegExp; exact?: boolean }
type Locators = Record<'getByRole' | 'getByLabel', (text: never, options?: Options) => unknown>

const changed = new WeakSet<object>()

/**
 * Makes `exact: true` the default of `getByRole` and `getByLabel` for every page and locator of this process. Regular expressions are not
 * affected. The label of a required field ends with an asterisk; its accessible name does not.
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
