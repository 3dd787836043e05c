import type { Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import * as Y from 'yjs'
import { createDraft, type Person, registerPerson } from '../support/client.ts'
import { describeInBrowser, getEditor, phoneWindow, screenshot, waitUntilSaved, laptopWindow } from '../support/workspace.ts'

await describeInBrowser('history in the workspace', (workspace) => {
  const { openAs } = workspace
  let ann: Person
  let ben: Person
  beforeAll(async () => {
    ann = await registerPerson(workspace.url, 'Ann')
    ben = await registerPerson(workspace.url, 'Ben')
  })

  async function createSharedDraft(title: string, role = 'editor'): Promise<string> {
    const name = await createDraft(ann, title)
    await ann.request('PUT', `/api/documents/${name}/members/${ben.id}`, { role })
    return name
  }

  const getPastText = (page: Page) => page.getByRole('article', { name: 'The text as it was' })
  const clickButton = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click()
  const selectView = (page: Page, name: string) => page.getByRole('radiogroup').getByText(name, { exact: true }).click()
  async function typeText(page: Page, text: string) {
    await getEditor(page).click()
    await page.keyboard.press('Control+End')
    await page.keyboard.type(text)
    await waitUntilSaved(page)
  }
  /** Appends a paragraph to a document in the name of a person. */
  const appendParagraph = (name: string, actor: string | null, text: string, marks: Record<string, unknown> = {}) =>
    workspace.node.write(name, actor, (document) => {
      const block = new Y.XmlElement('paragraph')
      const content = new Y.XmlText()
      content.insert(0, text, marks)
      block.insert(0, [content])
      const texts = document.getXmlFragment('default')
      texts.insert(texts.length, [block])
    })

  test('a person sees authors and changes, names a version and restores it; another person sees that live', async () => {
    const name = await createSharedDraft('Founders agreement')
    const [annsPage, bensPage] = [await openAs(ann, `/documents/${name}`), await openAs(ben, `/documents/${name}`)]
    await typeText(annsPage, 'Ann begins the agreement. ')
    await getEditor(bensPage).getByText('Ann begins the agreement.').waitFor()
    await typeText(bensPage, 'Ben goes on with it.')
    await getEditor(annsPage).getByText('Ben goes on with it.').waitFor()

    await clickButton(annsPage, 'History')
    const panel = annsPage.getByRole('complementary', { name: 'History' })
    await panel.getByText(/Ann.*Ben|Ben.*Ann/).waitFor()
    await panel
      .getByText(/edits?$/)
      .first()
      .waitFor()
    await screenshot(annsPage, 'history-list')

    await panel.locator('.history-row-button').first().click()
    await getPastText(annsPage).getByText('Ann begins the agreement. Ben goes on with it.').waitFor()
    await clickButton(annsPage, 'Name this version')
    await annsPage.getByLabel('Name of this version').fill('First agreed')
    await clickButton(annsPage, 'Keep the name')
    await panel.getByRole('button', { name: /^First agreed/ }).waitFor()

    await selectView(annsPage, 'Who wrote it')
    await annsPage.locator(`.author-text[data-author-id="${ann.id}"]`, { hasText: 'Ann begins the agreement.' }).waitFor()
    await annsPage.locator(`.author-text[data-author-id="${ben.id}"]`, { hasText: 'Ben goes on with it.' }).waitFor()
    const legend = annsPage.getByRole('list', { name: 'Who wrote it' })
    expect(await legend.innerText()).toMatch(/Ann[\s\S]*\d+ %/)
    await screenshot(annsPage, 'history-authors')
    await legend.getByRole('button', { name: /Ben/ }).click()
    const readBackground = (id: string) =>
      annsPage.locator(`.author-text[data-author-id="${id}"]`).evaluate((span) => getComputedStyle(span).backgroundColor)
    expect(await readBackground(ann.id)).toBe('rgba(0, 0, 0, 0)')
    expect(await readBackground(ben.id)).not.toBe('rgba(0, 0, 0, 0)')

    await getEditor(bensPage).click()
    await bensPage.keyboard.press('Control+A')
    await bensPage.keyboard.type('Ben writes it anew.')
    await waitUntilSaved(bensPage)
    await clickButton(annsPage, 'Back to now').catch(() => {})
    await getEditor(annsPage).getByText('Ben writes it anew.').waitFor()
    await panel.getByRole('button', { name: /^First agreed/ }).click()
    await getPastText(annsPage).getByText('Ann begins the agreement. Ben goes on with it.').waitFor()
    await selectView(annsPage, 'Changes')
    await annsPage.getByLabel('Compare with').selectOption('Current version')
    await getPastText(annsPage).locator('del', { hasText: 'agreement' }).first().waitFor()
    const insertedText = getPastText(annsPage).locator('ins', { hasText: 'anew' }).first()
    await insertedText.waitFor()
    // changes are also visible without color
    expect(await insertedText.evaluate((word) => getComputedStyle(word).textDecorationLine)).toBe('underline')
    expect(
      await getPastText(annsPage)
        .locator('del')
        .first()
        .evaluate((word) => getComputedStyle(word).textDecorationLine),
    ).toBe('line-through')
    expect(await insertedText.getAttribute('title')).toBe('Written by Ben')
    await screenshot(annsPage, 'history-redline')

    await clickButton(annsPage, 'Restore this version')
    await annsPage.getByRole('dialog').getByText('Nothing is erased').waitFor()
    await screenshot(annsPage, 'history-restore')
    await annsPage.getByRole('dialog').getByRole('button', { name: 'Restore' }).click()
    await getEditor(bensPage).getByText('Ann begins the agreement. Ben goes on with it.').waitFor()
    await getEditor(annsPage).getByText('Ann begins the agreement. Ben goes on with it.').waitFor()
    expect(await getPastText(annsPage).count()).toBe(0)

    // the revision before the restore can be reached one edit back
    await clickButton(annsPage, 'One edit back')
    await getPastText(annsPage).getByText('Ben writes it anew.').waitFor()
    await annsPage.keyboard.press('Escape')
    await panel.waitFor({ state: 'detached' })
    expect(await getEditor(annsPage).isVisible()).toBe(true)
  })

  test('a person undoes the edits of another person in an edit session; their own text stays', async () => {
    const name = await createSharedDraft('Advisor agreement')
    await appendParagraph(name, ann.id, 'What Ann wrote.')
    await appendParagraph(name, ben.id, 'What Ben wrote.')
    const page = await openAs(ann, `/documents/${name}`)
    await getEditor(page).getByText('What Ben wrote.').waitFor()
    await clickButton(page, 'History')
    await page
      .getByRole('button', { name: /^More on/ })
      .first()
      .click()
    await page.getByRole('menuitem', { name: 'Take back what Ben wrote' }).click()
    await page.getByRole('dialog').getByText('What others wrote stays.').waitFor()
    await clickButton(page, 'Take back')
    await getEditor(page).getByText('What Ben wrote.').waitFor({ state: 'detached' })
    await getEditor(page).getByText('What Ann wrote.').waitFor()
  })

  test('old revisions show their field values; removing the name of a version keeps the revision', async () => {
    const name = await createSharedDraft('Licence')
    await workspace.node.write(name, ann.id, (document) => {
      const [block, text] = [new Y.XmlElement('paragraph'), new Y.XmlText()]
      text.insert(0, 'Between ')
      const fields = ['owner', 'second-party'].map((fieldName) => {
        const field = new Y.XmlElement('variable')
        field.setAttribute('name', fieldName)
        return field
      })
      block.insert(0, [text, ...fields])
      document.getXmlFragment('default').insert(0, [block])
      document.getMap('variables').set('owner', 'Acme Ltd')
    })
    await workspace.node.write(name, ben.id, (document) => document.getMap('variables').set('owner', 'Beta Ltd'))
    await ben.request('POST', `/api/documents/${name}/versions`, { name: 'With Acme', at: 1 })
    for (const size of [phoneWindow, laptopWindow]) {
      const page = await openAs(ann, `/documents/${name}`, size)
      await clickButton(page, 'History')
      const row = page.getByRole('button', { name: /^With Acme/ })
      await row.getByText('Named by Ben').waitFor()
      await screenshot(page, 'version-list')
      await row.click()
      await getPastText(page).locator('.template-field', { hasText: 'Acme Ltd' }).waitFor()
      await getPastText(page).locator('.template-field[data-empty]', { hasText: 'Second party' }).waitFor()
      await screenshot(page, 'fields-text')
      await selectView(page, 'Who wrote it')
      await getPastText(page).locator(`.author-text[data-author-id="${ann.id}"] .template-field`, { hasText: 'Acme Ltd' }).waitFor()
      await screenshot(page, 'fields-authors')
      await selectView(page, 'Changes')
      await page.getByLabel('Compare with').selectOption('Current version')
      await getPastText(page).locator('del', { hasText: 'Acme' }).waitFor()
      expect(await getPastText(page).locator('ins', { hasText: 'Beta' }).getAttribute('title')).toBe('Written by Ben')
      await screenshot(page, 'fields-redline')
      if (size === phoneWindow) {
        await page.context().close()
        continue
      }
      await clickButton(page, 'More on With Acme')
      await page.getByRole('menuitem', { name: 'Remove the name' }).click()
      const dialog = page.getByRole('dialog', { name: 'Remove the name “With Acme”?' })
      await dialog.getByText('stays in the history').waitFor()
      await screenshot(page, 'version-remove')
      await dialog.getByRole('button', { name: 'Cancel' }).click()
      await dialog.waitFor({ state: 'detached' })
      expect(await row.count()).toBe(1)
      await clickButton(page, 'More on With Acme')
      await page.getByRole('menuitem', { name: 'Remove the name' }).click()
      await dialog.getByRole('button', { name: 'Remove the name' }).click()
      await row.waitFor({ state: 'detached' })
      await getPastText(page).locator('del', { hasText: 'Acme' }).waitFor()
    }
    expect((await ann.request('GET', `/api/documents/${name}/versions`)).body.items).toEqual([])
  })

  test('a viewer sees the history without controls that change it, and javascript: links are not links', async () => {
    const name = await createSharedDraft('Note', 'viewer')
    await appendParagraph(name, ann.id, 'press here', { link: { href: 'javascript:alert(1)' } })
    await appendParagraph(name, null, 'by the server')
    const page = await openAs(ben, `/documents/${name}`, { ...phoneWindow, colorScheme: 'dark' })
    await clickButton(page, 'History')
    const sheet = page.getByRole('dialog', { name: 'History' })
    await sheet.getByText('Ann').first().waitFor()
    expect(await sheet.getByRole('button', { name: /^More on/ }).count()).toBe(0)
    await screenshot(page, 'history-list')
    await sheet.locator('.history-row-button').first().click()
    await getPastText(page).getByText('press here').waitFor()
    for (const buttonName of ['Name this version', 'Restore this version']) {
      expect(await page.getByRole('button', { name: buttonName }).count()).toBe(0)
    }
    expect(await getPastText(page).locator('a[href^="javascript"]').count()).toBe(0)
    await selectView(page, 'Who wrote it')
    await page.locator('.author-text[data-author-id=""]', { hasText: 'by the server' }).waitFor()
    await screenshot(page, 'history-authors')
  })

  test('changes since the last visit are marked in the list and offered once when the document opens', async () => {
    const name = await createSharedDraft('Charter')
    const page = await openAs(ben, `/documents/${name}`)
    await typeText(page, 'Ben was here. ')
    await page.getByRole('link', { name: 'Back to your documents' }).click()
    const row = page.getByRole('link', { name: /Charter/ })
    await row.waitFor()
    await expect.poll(async () => (await ben.request('GET', `/api/documents/${name}/look`)).body.lookedAt).not.toBeNull()
    await appendParagraph(name, ann.id, 'Ann was here afterwards.')

    await page.reload()
    await page.getByRole('link', { name: /Charter.*changed since you last looked/ }).waitFor()
    await screenshot(page, 'unread-list')
    await row.click()
    await page.getByText('Changed since you last looked').waitFor()
    await screenshot(page, 'unread-line')
    await clickButton(page, 'Show the changes')
    await getPastText(page).locator('ins', { hasText: 'Ann was here afterwards.' }).waitFor()
    expect(await getPastText(page).locator('ins', { hasText: 'Ben was here.' }).count()).toBe(0)
    expect(await page.getByText('Changed since you last looked').count()).toBe(0)
    await page.getByRole('link', { name: 'Back to your documents' }).click()
    await row.waitFor()
    await page.getByRole('link', { name: /Charter.*changed since you last looked/ }).waitFor({ state: 'detached' })
    await row.click()
    await getEditor(page).getByText('Ann was here afterwards.').waitFor()
    expect(await page.getByText('Changed since you last looked').count()).toBe(0)
  })

  test('opening a board marks its document as read', async () => {
    const { body } = await ann.request('POST', '/api/spaces', { name: 'Launch' })
    await ann.request('PUT', `/api/documents/${body.documentName}/members/${ben.id}`, { role: 'editor' })
    await workspace.node.write(body.documentName, ann.id, (document) => document.getMap('notes of a client').set('one', 1))
    const readUnread = async () => (await ben.request('GET', `/api/documents/${body.documentName}`)).body.unread
    expect(await readUnread()).toBe(true)
    const page = await openAs(ben, `/documents/${body.documentName}`)
    await page.locator('.sections-page').waitFor()
    await expect.poll(readUnread).toBe(false)
  })
})
