import type { BrowserContextOptions, Page, WebSocketRoute } from 'playwright-core'
import { expect, test } from 'vitest'
import { registerPerson } from '../support/client.ts'
import { describeInBrowser, getEditor, phoneWindow, screenshot, waitUntilSaved } from '../support/workspace.ts'

/** The event socket of a page. A test can disconnect it. */
class EventSocket {
  #isCut = false
  readonly #sockets: WebSocketRoute[] = []

  /** Intercepts the event socket of a page. Call it before the page opens. */
  async intercept(page: Page): Promise<void> {
    await page.routeWebSocket(/\/notifications$/, (socket) => {
      if (this.#isCut) return void socket.close()
      socket.connectToServer()
      this.#sockets.push(socket)
    })
  }

  async cut(): Promise<void> {
    this.#isCut = true
    for (const socket of this.#sockets) await socket.close()
  }

  restore(): void {
    this.#isCut = false
  }
}

await describeInBrowser('comments and suggestions in the workspace', (workspace) => {
  /** Opens a draft by Ann with a text for Ann and for others with their roles. */
  async function openSharedDraft(
    text: string,
    participants: { name: string; role: string; size?: BrowserContextOptions; events?: EventSocket }[],
  ) {
    const ann = await registerPerson(workspace.url, 'Ann')
    const { body } = await ann.request('POST', '/api/legal/documents', { title: 'Founders agreement' })
    const path = `/documents/${body.documentName}`
    const ownersPage = await workspace.openAs(ann, path)
    await getEditor(ownersPage).click()
    await ownersPage.keyboard.type(text)
    await waitUntilSaved(ownersPage)
    const pages: Page[] = []
    for (const { name, role, size, events } of participants) {
      const person = await registerPerson(workspace.url, name)
      await ann.request('PUT', `/api/documents/${body.documentName}/members/${person.id}`, { role })
      const page = await workspace.openAs(person, path, size, (openedPage) => events?.intercept(openedPage))
      await page.getByText(text.slice(0, 20)).first().waitFor()
      pages.push(page)
    }
    return { ownersPage, pages }
  }

  const getSidePanel = (page: Page) => page.locator('.side-panel, .side-panel-sheet')
  /** The text of the editor without carets. */
  const readText = (page: Page) =>
    getEditor(page).evaluate((text) => {
      const copy = text.cloneNode(true) as HTMLElement
      for (const caret of copy.querySelectorAll('.remote-caret, .ProseMirror-separator')) caret.remove()
      return (copy.textContent ?? '').replaceAll('\u2060', '')
    })

  /** The editor's selected text, the text before it in its line, and its distance from the end. Browsers update it with a delay. */
  const readSelection = (page: Page) =>
    getEditor(page).evaluate((text) => {
      type SelectionRange = { from: number; to: number; $from: { start(): number } }
      type State = { selection: SelectionRange; doc: { content: { size: number }; textBetween(from: number, to: number): string } }
      const { selection, doc } = (text as unknown as { editor: { state: State } }).editor.state
      const { from, to, $from } = selection
      return { text: doc.textBetween(from, to), before: doc.textBetween($from.start(), from), distanceToEnd: doc.content.size - 1 - to }
    })

  /** Selects a phrase of the text with the mouse. */
  async function selectPhrase(page: Page, phrase: string) {
    const box = await getEditor(page).evaluate((text, phrase) => {
      const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT)
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const index = node.textContent?.indexOf(phrase) ?? -1
        if (index < 0) continue
        const range = document.createRange()
        range.setStart(node, index)
        range.setEnd(node, index + phrase.length)
        node.parentElement?.scrollIntoView({ block: 'center' })
        const [box] = range.getClientRects()
        return box && { x: box.left, y: box.top + box.height / 2, end: box.right }
      }
      return undefined
    }, phrase)
    if (!box) throw new Error(`there is no “${phrase}”`)
    await page.mouse.move(box.x + 0.5, box.y)
    await page.mouse.down()
    await page.mouse.move(box.end - 0.5, box.y, { steps: 4 })
    await page.mouse.up()
    await expect.poll(() => readSelection(page)).toMatchObject({ text: phrase })
  }

  test('two people comment, reply, react, edit, resolve and reopen live; a comment on deleted text says so', async () => {
    const text = 'The founders share the company in equal parts, and each of them vests over four years.'
    const events = new EventSocket()
    const { ownersPage, pages } = await openSharedDraft(text, [{ name: 'Ben', role: 'commenter', size: phoneWindow, events }])
    const [bensPage] = pages as [Page]
    await selectPhrase(ownersPage, 'equal parts')
    await ownersPage.getByRole('toolbar', { name: 'Selected text' }).getByRole('button', { name: 'Comment' }).click()
    await ownersPage.getByLabel('Comment').fill('Really equal? Ask @B')
    await ownersPage.getByRole('option', { name: 'Ben' }).click()
    await screenshot(ownersPage, 'comment-writing-wide')
    await getSidePanel(ownersPage).getByRole('button', { name: 'Comment' }).click()
    await getSidePanel(ownersPage).getByText('@Ben').waitFor()

    await getEditor(bensPage).locator('.comment-highlight', { hasText: 'equal parts' }).waitFor()
    await screenshot(bensPage, 'commented-narrow')
    await getEditor(bensPage).locator('.comment-highlight').click()
    await getSidePanel(bensPage).getByText('Really equal?').waitFor()
    await getSidePanel(bensPage).getByLabel('Reply').fill('Yes: we said so.')
    await screenshot(bensPage, 'thread-narrow')
    await getSidePanel(bensPage).getByRole('button', { name: 'Reply' }).click()
    await getSidePanel(ownersPage).getByText('Yes: we said so.').waitFor()
    await getSidePanel(ownersPage).getByRole('button', { name: 'React to Ben' }).click()
    await ownersPage.getByRole('menuitem', { name: '👍' }).click()
    await getSidePanel(bensPage).getByRole('button', { name: /👍 1/ }).waitFor()

    // a person can edit their own comment
    await getSidePanel(bensPage).getByRole('button', { name: 'More on what you said' }).click()
    await bensPage.getByRole('menuitem', { name: 'Edit' }).click()
    await getSidePanel(bensPage).getByLabel('What you say').fill('Yes: half and half.')
    await getSidePanel(bensPage).getByRole('button', { name: 'Save' }).click()
    await getSidePanel(ownersPage).getByText('Yes: half and half.').waitFor()
    await screenshot(ownersPage, 'thread-wide')

    await getSidePanel(bensPage).getByRole('button', { name: 'Resolve' }).click()
    await getSidePanel(ownersPage).getByText('Resolved 1').waitFor()
    await expect.poll(() => getEditor(ownersPage).locator('.comment-highlight').count()).toBe(0)
    await getSidePanel(ownersPage).getByText('Resolved 1').click()
    await getSidePanel(ownersPage).getByRole('button', { name: 'Reopen' }).click()
    await getEditor(bensPage).locator('.comment-highlight', { hasText: 'equal parts' }).waitFor({ state: 'attached' })

    // a reply sent while the event socket is disconnected appears after it reconnects
    await events.cut()
    await getSidePanel(ownersPage).getByLabel('Reply').fill('Said while you were away.')
    await getSidePanel(ownersPage).getByRole('button', { name: 'Reply' }).click()
    await getSidePanel(ownersPage).getByText('Said while you were away.').waitFor()
    expect(await getSidePanel(bensPage).getByText('Said while you were away.').count()).toBe(0)
    events.restore()
    await getSidePanel(bensPage).getByText('Open 1').click()
    await getSidePanel(bensPage).getByText('Said while you were away.').waitFor()

    await selectPhrase(ownersPage, 'equal parts')
    await ownersPage.keyboard.press('Delete')
    await getSidePanel(ownersPage).getByText('The words are gone').waitFor()
    await getSidePanel(bensPage).getByText('The words are gone').waitFor()
  })

  test('suggestion mode continues lists, refuses changes that cannot be suggested, and supports undo', async () => {
    const { ownersPage } = await openSharedDraft('- One thing', [])
    await ownersPage.keyboard.press('Enter')
    await ownersPage.keyboard.type('Two')
    for (let presses = 0; presses < 2; presses++) await ownersPage.keyboard.press('Enter')
    await ownersPage.keyboard.type('Last')
    await getEditor(ownersPage).getByText('Two').click()
    await expect.poll(() => readSelection(ownersPage)).toMatchObject({ text: '', before: 'Two' })
    await ownersPage.getByRole('switch', { name: 'Suggesting' }).click()
    await ownersPage.keyboard.press('Enter')
    await ownersPage.keyboard.type('Three')
    await getEditor(ownersPage).locator('li[data-block-suggestion="insert"] ins', { hasText: 'Three' }).waitFor()
    expect(await getEditor(ownersPage).locator('li').count()).toBe(3)
    await ownersPage.keyboard.press('Enter')
    await ownersPage.keyboard.press('Enter')
    // both a paragraph of their own and one of others can become a list
    await ownersPage.keyboard.type('- Four')
    await getEditor(ownersPage)
      .locator('li [data-block-suggestion="insert"] ins', { hasText: /^Four$/ })
      .waitFor()
    await getEditor(ownersPage)
      .getByText('Last')
      .click({ position: { x: 1, y: 8 } })
    await expect.poll(() => readSelection(ownersPage)).toMatchObject({ text: '', before: '' })
    await ownersPage.keyboard.type('- ')
    await getEditor(ownersPage).locator('li [data-block-suggestion="change"]', { hasText: 'Last' }).waitFor()
    await screenshot(ownersPage, 'list-wide')
    for (let attempts = 8; attempts > 0 && (await getEditor(ownersPage).locator('[data-suggestion]').count()) > 0; attempts--)
      await ownersPage.keyboard.press('Control+z')
    await expect.poll(() => getEditor(ownersPage).locator('[data-suggestion]').count()).toBe(0)
  })

  test('a commenter and an editor suggest changes, the owner accepts and rejects them, and all see the same text', async () => {
    const text = 'The notice period is two weeks. Both sides keep silent.'
    const { ownersPage, pages } = await openSharedDraft(text, [
      { name: 'Cora', role: 'commenter', size: phoneWindow },
      { name: 'Eve', role: 'editor' },
    ])
    const [corasPage, evesPage] = pages as [Page, Page]

    await selectPhrase(corasPage, 'two weeks')
    await screenshot(corasPage, 'selection-narrow')
    await corasPage.keyboard.type('three months')
    await waitUntilSaved(corasPage)
    await screenshot(corasPage, 'commenter-suggests-narrow')
    await getEditor(ownersPage).locator('ins', { hasText: 'three months' }).waitFor()
    await getEditor(ownersPage).locator('del', { hasText: 'two weeks' }).waitFor()

    await evesPage.getByRole('switch', { name: 'Suggesting' }).click()
    await selectPhrase(evesPage, 'silent')
    await evesPage.keyboard.type('quiet')
    await evesPage.keyboard.press('Control+End')
    await expect.poll(() => readSelection(evesPage)).toMatchObject({ text: '', distanceToEnd: 0 })
    await evesPage.keyboard.press('Enter')
    await evesPage.keyboard.type('Signed by both.')
    await waitUntilSaved(evesPage)
    await getEditor(ownersPage).locator('ins', { hasText: 'quiet' }).waitFor()
    await getEditor(ownersPage).locator('del', { hasText: 'silent' }).waitFor()
    await getEditor(ownersPage).locator('[data-block-suggestion="insert"]', { hasText: 'Signed by both.' }).waitFor()

    await ownersPage.getByRole('button', { name: 'Suggestions' }).click()
    await expect.poll(() => getSidePanel(ownersPage).getByRole('article').count()).toBe(3)
    await getSidePanel(ownersPage).getByRole('article', { name: 'Suggestion of Cora' }).waitFor()
    await screenshot(ownersPage, 'suggestions-wide')
    await screenshot(evesPage, 'suggesting-wide')
    await ownersPage.setViewportSize({ width: 390, height: 844 })
    await screenshot(ownersPage, 'suggestions-narrow')
    await ownersPage.setViewportSize({ width: 1280, height: 800 })
    await getSidePanel(ownersPage).getByRole('article', { name: 'Suggestion of Cora' }).getByRole('button', { name: 'Accept' }).click()
    await expect.poll(() => readText(ownersPage)).toContain('The notice period is three months.')
    const evesSuggestions = getSidePanel(ownersPage).getByRole('article', { name: 'Suggestion of Eve' })
    await evesSuggestions.filter({ hasText: 'quiet' }).getByRole('button', { name: 'Reject' }).click()
    await getEditor(ownersPage).locator('ins', { hasText: 'quiet' }).waitFor({ state: 'detached' })
    await evesSuggestions.filter({ hasText: 'Signed' }).getByRole('button', { name: 'Accept' }).click()
    const finalText = 'The notice period is three months. Both sides keep silent.Signed by both.'
    for (const page of [ownersPage, corasPage, evesPage]) {
      await expect.poll(() => readText(page)).toBe(finalText)
      await expect.poll(() => getEditor(page).locator('ins, del, [data-block-suggestion]').count()).toBe(0)
    }
    await getSidePanel(ownersPage).getByText('No open suggestions.').waitFor()
  })
})
