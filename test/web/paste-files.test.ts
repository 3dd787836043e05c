/** Pictures and files on the editor's page, in a browser. */
import type { Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import { createDraft, type Person, registerPerson } from '../support/client.ts'
import { describeInBrowser, getEditor, waitUntilSaved } from '../support/workspace.ts'

await describeInBrowser('pasted and dropped content', (workspace) => {
  let ann: Person
  beforeAll(async () => {
    ann = await registerPerson(workspace.url, 'Ann')
  })

  /** Sends a paste or drop with a file or texts to an element. */
  const send = (page: Page, kind: 'paste' | 'drop', selector: string, data: { file?: string; text?: string }) =>
    page.locator(selector).evaluate(
      (element, [name, { file, text }]) => {
        const transfer = new DataTransfer()
        if (file) transfer.items.add(new File(['x'], 'file', { type: file }))
        if (text) transfer.setData('text/plain', text)
        const options = { bubbles: true, cancelable: true }
        const event =
          name === 'paste'
            ? new ClipboardEvent('paste', { ...options, clipboardData: transfer })
            : new DragEvent('drop', { ...options, dataTransfer: transfer })
        element.dispatchEvent(event)
        return event.defaultPrevented
      },
      [kind, data] as const,
    )

  test('a picture and a dropped file are refused with a message, and Markdown becomes rich text', async () => {
    const name = await createDraft(ann)
    const page = await workspace.openAs(ann, `/documents/${name}`)
    await getEditor(page).click()
    expect(await send(page, 'paste', '.rich-text', { file: 'image/png' })).toBe(true)
    await page.getByText('Pictures are not supported yet.').first().waitFor()
    for (const place of ['.rich-text', '.editor-header']) expect(await send(page, 'drop', place, { file: 'text/markdown' })).toBe(true)
    await page.getByText('Files cannot be dropped here.').first().waitFor()
    await send(page, 'paste', '.rich-text', { text: '## Closing\n\n- [x] signed\n- [ ] filed' })
    await page.locator('.rich-text h2', { hasText: 'Closing' }).waitFor()
    expect(await page.locator('.rich-text li[data-checked=true]').count()).toBe(1)
    await waitUntilSaved(page)
  })
})
