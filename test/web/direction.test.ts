/** Text that is written from the right, in a browser. */
import { beforeAll, expect, test } from 'vitest'
import { createDraft, type Person, registerPerson } from '../support/client.ts'
import { describeInBrowser, getEditor, screenshot, waitUntilSaved } from '../support/workspace.ts'

await describeInBrowser('text from right to left', (workspace) => {
  let ann: Person
  beforeAll(async () => {
    ann = await registerPerson(workspace.url, 'Ann')
  })

  test('paragraphs, lists and numbers stand on the side of their language, and a person can set the direction', async () => {
    const page = await workspace.openAs(ann, `/documents/${await createDraft(ann, 'العقد')}`)
    await getEditor(page).click()
    const tool = (name: string) => page.getByRole('toolbar', { name: 'Text' }).getByRole('button', { name })
    const readDirection = (selector: string) =>
      page
        .locator(`.rich-text ${selector}`)
        .first()
        .evaluate((element) => getComputedStyle(element).direction)
    await page.keyboard.type('العقد رقم 5 (أ): بين الطرفين.')
    await page.keyboard.press('Enter')
    await page.keyboard.type('An English paragraph.')
    await page.keyboard.press('Enter')
    await tool('Clause numbering').click()
    await page.keyboard.type('البند الأول من العقد')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Enter')
    await tool('Numbered list').click()
    await page.keyboard.type('بند مرقم')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Enter')
    await tool('Task list').click()
    await page.keyboard.type('مهمة')
    expect(await readDirection('p:first-child')).toBe('rtl')
    expect(await readDirection('p:nth-child(2)')).toBe('ltr')
    expect(await readDirection('[data-number]')).toBe('rtl')
    for (const selector of ['ol', 'ol li', 'ul[data-type=taskList] li']) expect(await readDirection(selector)).toBe('rtl')
    await screenshot(page, 'direction')
    await page.locator('.rich-text p').nth(1).click()
    await tool('More tools').click()
    await page.getByRole('menu', { name: 'More tools' }).getByText('Right to left').click()
    await expect.poll(() => readDirection('p:nth-child(2)')).toBe('rtl')
    await waitUntilSaved(page)
  })
})
