import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import { type Person, registerPerson } from '../support/client.ts'
import { clauses, deletedRun, list, numbered, numberedAt, paragraph, run, wordFile } from '../support/word-file.ts'
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

  test.each([
    ['a wide window', laptopWindow],
    ['a narrow window', phoneWindow],
  ])('a reviewed Word file lists what was left out, and its draft shows its authors (%s)', async (_, size) => {
    const page = await workspace.openAs(ann, '/', size)
    await page
      .getByLabel('File to import')
      .setInputFiles({ name: 'Reviewed.docx', mimeType: wordType, buffer: Buffer.from(reviewedFile()) })
    const dialog = page.getByRole('dialog', { name: 'Reviewed.docx was imported' })
    await dialog.getByText('Embedded object left out in paragraph 2, near “Price list”.').waitFor()
    expect(await dialog.getByRole('listitem').allTextContents()).toEqual([
      'Embedded object left out in paragraph 2, near “Price list”.',
      'Hidden text was left out in 1 place.',
    ])
    await screenshot(page, 'import-warnings')
    await dialog.getByRole('button', { name: 'Open the draft' }).click()
    await getEditor(page).getByText('Price list').waitFor()
    await screenshot(page, 'imported-draft')
    await page.getByRole('button', { name: 'Suggestions' }).click()
    await page.getByRole('article', { name: 'Suggestion of Jane Lawyer' }).waitFor()
    await screenshot(page, 'imported-suggestions')
    await page.context().close()
  })
})

const wordType = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'

/** A Word file with numbers, a tracked change, a comment, an object and hidden text. */
function reviewedFile(): Uint8Array {
  const change = 'w:author="Jane Lawyer" w:date="2026-02-01T10:00:00Z"'
  const changed = `<w:del w:id="1" ${change}>${deletedRun('ten')}</w:del><w:ins w:id="2" ${change}>${run('twenty')}</w:ins>`
  const comment = `<w:commentRangeStart w:id="0"/>${run('net of tax')}<w:commentRangeEnd w:id="0"/>`
  const body =
    numbered('Payment', 0) +
    paragraph(`${run('Price list')}<w:r><w:object/></w:r>`) +
    paragraph(`${run('Paid within ')}${changed}${run(' days, ')}${comment}${run('.')}${run('secret', '<w:vanish/>')}`, numberedAt(1)) +
    numbered('in euro', 2) +
    numbered('Term', 0)
  const comments = `<w:comment w:id="0" w:author="Bob Counsel" w:date="2026-02-02T10:00:00Z">${paragraph('Gross?')}</w:comment>`
  return wordFile(body, { numbering: clauses + list(1, 0), comments })
}
