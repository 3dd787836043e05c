import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import { type Person, registerPerson } from '../support/client.ts'
import { describeInBrowser, getEditor, phoneWindow, screenshot, laptopWindow } from '../support/workspace.ts'

await describeInBrowser('files in the workspace', (workspace) => {
  let ann: Person
  beforeAll(async () => {
    ann = await registerPerson(workspace.url, 'Ann')
  })

  /** Drags a file over the page and drops it. */
  async function dropFile(page: Page, name: string, text: string, onDragOver?: () => Promise<void>) {
    const transfer = await page.evaluateHandle(
      ([fileName, fileText]) => {
        const transferred = new DataTransfer()
        transferred.items.add(new File([fileText as string], fileName as string))
        return transferred
      },
      [name, text],
    )
    await page.dispatchEvent('main', 'dragenter', { dataTransfer: transfer })
    await page.getByText('Drop a Word, Markdown or HTML file').waitFor()
    await onDragOver?.()
    await page.dispatchEvent('main', 'drop', { dataTransfer: transfer })
  }

  test.each([
    ['a wide window', laptopWindow],
    ['a narrow window', phoneWindow],
  ])('a dropped file becomes a draft that can be exported; an invalid file shows an error (%s)', async (_, size) => {
    const page = await workspace.openAs(ann, '/', size)
    await dropFile(page, 'bad.docx', 'no Word file', () => screenshot(page, 'import-held'))
    await page.getByText('bad.docx was not imported').waitFor()
    await page.getByText('This file is not a Word document (.docx).').waitFor()
    await screenshot(page, 'import-refused')

    await dropFile(page, 'Our terms.md', '# Terms\n\nWe share **everything**.\n\n| Who | Share |\n| --- | --- |\n| Ann | 50 % |\n')
    const editor = getEditor(page)
    await editor.getByText('We share everything.').waitFor()
    expect(await editor.locator('table').count()).toBe(1)

    await page.getByRole('button', { name: 'Export' }).click()
    await page.getByRole('menuitem', { name: 'Markdown (.md)' }).waitFor()
    await screenshot(page, 'export-menu')
    const downloading = page.waitForEvent('download')
    await page.getByRole('menuitem', { name: 'Markdown (.md)' }).click()
    const file = await downloading
    expect(file.suggestedFilename()).toBe('Our terms.md')
    expect(readFileSync((await file.path()) as string, 'utf8')).toBe(
      '# Terms\n\nWe share **everything**.\n\n| Who | Share |\n| --- | --- |\n| Ann | 50 % |\n',
    )
    await page.context().close()
  })

  test('a file selected with the file picker becomes a draft', async () => {
    const page = await workspace.openAs(ann)
    await page
      .getByLabel('File to import')
      .setInputFiles({ name: 'By hand.html', mimeType: 'text/html', buffer: Buffer.from('<p>Chosen.</p>') })
    await getEditor(page).getByText('Chosen.').waitFor()
    await page.context().close()
  })
})
