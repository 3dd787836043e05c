/** The tools of the editor in a browser: clause numbering, tables, block types, on a laptop and on a phone. */
import type { Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import { createDraft, type Person, registerPerson } from '../support/client.ts'
import { describeInBrowser, getEditor, phoneWindow, screenshot, waitUntilSaved } from '../support/workspace.ts'

/** Whether the page is no wider than its window. */
const fitsWindow = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)

await describeInBrowser('tools of the editor', (workspace) => {
  let ann: Person
  beforeAll(async () => {
    ann = await registerPerson(workspace.url, 'Ann')
  })

  async function openDraft(options?: Parameters<typeof workspace.openAs>[2]) {
    const name = await createDraft(ann)
    const page = await workspace.openAs(ann, `/documents/${name}`, options)
    await getEditor(page).click()
    return { page, name }
  }
  const tool = (page: Page, name: string) => page.getByRole('toolbar', { name: 'Text' }).getByRole('button', { name })
  async function chooseFrom(page: Page, menu: string, item: string) {
    await tool(page, menu).click()
    await page.getByRole('menu', { name: menu }).getByText(item).click()
  }
  const readNumbers = (page: Page) =>
    page.locator('.rich-text [data-number]').evaluateAll((all) => all.map((one) => one.getAttribute('data-number')))

  test('clauses are numbered by the toolbar and the keyboard, and shown in the history', async () => {
    const { page, name } = await openDraft()
    await chooseFrom(page, 'Text style', 'Heading 2')
    await page.keyboard.type('Terms')
    await tool(page, 'Clause numbering').click()
    await page.keyboard.press('Enter')
    await page.keyboard.type('The company sells lamps, and it delivers each of them to the place that the buyer has named in the order.')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    await page.keyboard.type('in good order and condition, packed as is usual for such goods, so that they survive the voyage; and')
    await page.keyboard.press('Enter')
    await page.keyboard.type('within a week.')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Enter')
    await page.keyboard.type('Not numbered.')
    await waitUntilSaved(page)
    expect(await readNumbers(page)).toEqual(['1.', '1.1', '(a)', '(b)'])
    await screenshot(page, 'clauses')
    await page.setViewportSize({ width: 390, height: 844 })
    await expect.poll(() => fitsWindow(page)).toBe(true)
    await screenshot(page, 'clauses')
    await page.setViewportSize({ width: 1280, height: 800 })
    await page.goto(`${workspace.url}/documents/${name}?panel=history`)
    await page.getByRole('complementary', { name: 'History' }).getByText('Ann').first().click()
    await page.getByRole('article', { name: 'The text as it was' }).getByText('sells lamps').waitFor()
    const shown = page.locator('.revision-view [data-number]')
    expect(await shown.evaluateAll((all) => all.map((one) => one.getAttribute('data-number')))).toEqual(['1.', '1.1', '(a)', '(b)'])
    await screenshot(page, 'clauses-history')
  })

  test('a table is inserted, changed by its toolbar and by the keyboard, and deleted', async () => {
    const { page } = await openDraft()
    await tool(page, 'Insert table').click()
    await page.keyboard.type('Name')
    const table = page.locator('.rich-text table')
    const tableToolbar = page.getByRole('toolbar', { name: 'Table' })
    await tableToolbar.getByRole('button', { name: 'Add column after' }).click()
    expect(await table.locator('tr').first().locator('th').count()).toBe(4)
    await tableToolbar.getByRole('button', { name: 'Add row below' }).click()
    expect(await table.locator('tr').count()).toBe(4)
    await screenshot(page, 'table')
    for (const cell of ['Name', 'td']) {
      const border = await table
        .locator(cell === 'td' ? 'td' : 'th')
        .first()
        .evaluate((one) => getComputedStyle(one).borderTopWidth)
      expect(border).toBe('1px')
    }
    // By the keyboard: the toolbar's Table button is a menu.
    await page.keyboard.press('Alt+F10')
    await tool(page, 'Table').focus()
    await page.keyboard.press('Enter')
    await page.getByRole('menu', { name: 'Table' }).waitFor()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('Enter')
    await table.waitFor({ state: 'detached' })
    await waitUntilSaved(page)
  })

  test('a wide table scrolls within the page, in the editor and in the history', async () => {
    const { page, name } = await openDraft()
    const row = (tag: string) => `<tr>${Array.from({ length: 14 }, (_, index) => `<${tag}>Column ${index}</${tag}>`).join('')}</tr>`
    await page.evaluate(
      (html) => {
        const data = new DataTransfer()
        data.setData('text/html', html)
        document.activeElement?.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }))
      },
      `<p>The schedule.</p><table>${row('th')}${row('td')}${row('td')}</table>`,
    )
    await page.locator('.rich-text td').first().waitFor()
    await waitUntilSaved(page)
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 844 })
      await expect.poll(() => fitsWindow(page)).toBe(true)
      const [inner, outer] = await page.locator('.tableWrapper').evaluate((one) => [one.scrollWidth, one.clientWidth])
      expect(inner).toBeGreaterThan(outer as number)
      await screenshot(page, 'wide-table')
    }
    await page.setViewportSize({ width: 1280, height: 800 })
    await page.goto(`${workspace.url}/documents/${name}`)
    await page.getByRole('button', { name: 'History' }).click()
    await page.getByRole('complementary', { name: 'History' }).getByText('Ann').first().click()
    await page.locator('.revision-view td').first().waitFor()
    await expect.poll(() => fitsWindow(page)).toBe(true)
    await screenshot(page, 'wide-table-history')
  })

  test('headings 4 to 6, raised and lowered text and task lists are in the toolbar, which scrolls on a phone', async () => {
    const { page } = await openDraft(phoneWindow)
    await chooseFrom(page, 'Text style', 'Heading 5')
    await page.keyboard.type('Closing list')
    await page.keyboard.press('Enter')
    await tool(page, 'Task list').click()
    await page.keyboard.type('10')
    await chooseFrom(page, 'More formatting', 'Superscript')
    await page.keyboard.type('6')
    await page.locator('.rich-text h5').waitFor()
    await page.locator('.rich-text sup', { hasText: '6' }).waitFor()
    await page.locator('.rich-text [type=checkbox]').click()
    await page.locator('.rich-text li[data-checked=true]').waitFor()
    await expect.poll(() => fitsWindow(page)).toBe(true)
    await screenshot(page, 'tasks')
    await tool(page, 'Text style').click()
    await page.getByRole('menu', { name: 'Text style' }).waitFor()
    await screenshot(page, 'text-styles')
  })
})
