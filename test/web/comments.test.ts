import type { BrowserContextOptions, Page, WebSocketRoute } from 'playwright-core'
import { expect, test } from 'vitest'
import { registerPerson } from '../support/client.ts'
import { describeInBrowser, getEditor, phoneWindow, screenshot, waitUntilSaved } from '../support/workspace.ts'

/** The event socket of a page. A test can disconnect it. */
class EventSocket {
  #isCut = false
  readonly #sockets: WebSocketRoute[] = []

  /** Intercepts the event socket of a page. Call it before the page opens. */
  async takeFrom(page: Page): Promise<void> {
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

  mend(): void {
    this.#isCut = false
  }
}

await describeInBrowser('comments and suggestions in the workspace', (workspace) => {
  /** Opens a draft by Ann with a text for Ann and for others with their roles. */
  async function together(text: string, others: { name: string; role: string; size?: BrowserContextOptions; events?: EventSocket }[]) {
    const ann = await registerPerson(workspace.url, 'Ann')
    const { body } = await ann.request('POST', '/api/legal/documents', { title: 'Founders agreement' })
    const path = `/documents/${body.documentName}`
    const here = await workspace.openAs(ann, path)
    await getEditor(here).click()
    await here.keyboard.type(text)
    await waitUntilSaved(here)
    const pages: Page[] = []
    for (const { name, role, size, events } of others) {
      const person = await registerPerson(workspace.url, name)
      await ann.request('PUT', `/api/documents/${body.documentName}/members/${person.id}`, { role })
      const page = await workspace.openAs(person, path, size, (opening) => events?.takeFrom(opening))
      await page.getByText(text.slice(0, 20)).first().waitFor()
      pages.push(page)
    }
    return { here, pages }
  }

  const aside = (page: Page) => page.locator('.side-panel, .side-panel-sheet')
  /** The text of the editor without carets. */
  const words = (page: Page) =>
    getEditor(page).evaluate((text) => {
      const copy = text.cloneNode(true) as HTMLElement
      for (const caret of copy.querySelectorAll('.remote-caret, .ProseMirror-separator')) caret.remove()
      return (copy.textContent ?? '').replaceAll('\u2060', '')
    })

  /** The editor's selected text, the text before it in its line, and its distance from the end. Browsers update it with a delay. */
  const selected = (page: Page) =>
    getEditor(page).evaluate((text) => {
      type Place = { from: number; to: number; $from: { start(): number } }
      type State = { selection: Place; doc: { content: { size: number }; textBetween(from: number, to: number): string } }
      const { selection, doc } = (text as unknown as { editor: { state: State } }).editor.state
      const { from, to, $from } = selection
      return { words: doc.textBetween(from, to), before: doc.textBetween($from.start(), from), left: doc.content.size - 1 - to }
    })

  /** Selects a phrase of the text with the mouse. */
  async function choose(page: Page, phrase: string) {
    const place = await getEditor(page).evaluate((text, wanted) => {
      const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT)
      for (let words = walker.nextNode(); words; words = walker.nextNode()) {
        const index = words.textContent?.indexOf(wanted) ?? -1
        if (index < 0) continue
        const range = document.createRange()
        range.setStart(words, index)
        range.setEnd(words, index + wanted.length)
        words.parentElement?.scrollIntoView({ block: 'center' })
        const [box] = range.getClientRects()
        return box && { x: box.left, y: box.top + box.height / 2, end: box.right }
      }
      return undefined
    }, phrase)
    if (!place) throw new Error(`there is no “${phrase}”`)
    await page.mouse.move(place.x + 0.5, place.y)
    await page.mouse.down()
    await page.mouse.move(place.end - 0.5, place.y, { steps: 4 })
    await page.mouse.up()
    await expect.poll(() => selected(page)).toMatchObject({ words: phrase })
  }

  test('two people comment, reply, react, edit, resolve and reopen live; a comment on deleted text says so', async () => {
    const text = 'The founders share the company in equal parts, and each of them vests over four years.'
    const events = new EventSocket()
    const { here, pages } = await together(text, [{ name: 'Ben', role: 'commenter', size: phoneWindow, events }])
    const [there] = pages as [Page]
    await choose(here, 'equal parts')
    await here.getByRole('toolbar', { name: 'Chosen words' }).getByRole('button', { name: 'Comment' }).click()
    await here.getByLabel('Comment').fill('Really equal? Ask @B')
    await here.getByRole('option', { name: 'Ben' }).click()
    await screenshot(here, 'comment-writing-wide')
    await aside(here).getByRole('button', { name: 'Comment' }).click()
    await aside(here).getByText('@Ben').waitFor()

    await getEditor(there).locator('.comment-highlight', { hasText: 'equal parts' }).waitFor()
    await screenshot(there, 'commented-narrow')
    await getEditor(there).locator('.comment-highlight').click()
    await aside(there).getByText('Really equal?').waitFor()
    await aside(there).getByLabel('Reply').fill('Yes: we said so.')
    await screenshot(there, 'thread-narrow')
    await aside(there).getByRole('button', { name: 'Reply' }).click()
    await aside(here).getByText('Yes: we said so.').waitFor()
    await aside(here).getByRole('button', { name: 'React to Ben' }).click()
    await here.getByRole('menuitem', { name: '👍' }).click()
    await aside(there).getByRole('button', { name: /👍 1/ }).waitFor()

    // a person can edit their own comment
    await aside(there).getByRole('button', { name: 'More on what you said' }).click()
    await there.getByRole('menuitem', { name: 'Edit' }).click()
    await aside(there).getByLabel('What you say').fill('Yes: half and half.')
    await aside(there).getByRole('button', { name: 'Save' }).click()
    await aside(here).getByText('Yes: half and half.').waitFor()
    await screenshot(here, 'thread-wide')

    await aside(there).getByRole('button', { name: 'Resolve' }).click()
    await aside(here).getByText('Resolved 1').waitFor()
    await expect.poll(() => getEditor(here).locator('.comment-highlight').count()).toBe(0)
    await aside(here).getByText('Resolved 1').click()
    await aside(here).getByRole('button', { name: 'Reopen' }).click()
    await getEditor(there).locator('.comment-highlight', { hasText: 'equal parts' }).waitFor({ state: 'attached' })

    // a reply sent while the event socket is disconnected appears after it reconnects
    await events.cut()
    await aside(here).getByLabel('Reply').fill('Said while you were away.')
    await aside(here).getByRole('button', { name: 'Reply' }).click()
    await aside(here).getByText('Said while you were away.').waitFor()
    expect(await aside(there).getByText('Said while you were away.').count()).toBe(0)
    events.mend()
    await aside(there).getByText('Open 1').click()
    await aside(there).getByText('Said while you were away.').waitFor()

    await choose(here, 'equal parts')
    await here.keyboard.press('Delete')
    await aside(here).getByText('The words are gone').waitFor()
    await aside(there).getByText('The words are gone').waitFor()
  })

  test('suggestion mode continues lists, refuses changes that cannot be suggested, and supports undo', async () => {
    const { here } = await together('- One thing', [])
    await here.keyboard.press('Enter')
    await here.keyboard.type('Two')
    for (let times = 0; times < 2; times++) await here.keyboard.press('Enter')
    await here.keyboard.type('Last')
    await getEditor(here).getByText('Two').click()
    await expect.poll(() => selected(here)).toMatchObject({ words: '', before: 'Two' })
    await here.getByRole('switch', { name: 'Suggesting' }).click()
    await here.keyboard.press('Enter')
    await here.keyboard.type('Three')
    await getEditor(here).locator('li[data-block-suggestion="insert"] ins', { hasText: 'Three' }).waitFor()
    expect(await getEditor(here).locator('li').count()).toBe(3)
    await here.keyboard.press('Shift+Enter')
    await here.getByText('This change cannot be suggested.').waitFor()
    expect(await getEditor(here).locator('br:not(.ProseMirror-trailingBreak)').count()).toBe(0)
    await here.keyboard.press('Enter')
    await here.keyboard.press('Enter')
    // a person's own suggested paragraph can become a list; in a paragraph of others the typed characters stay text
    await here.keyboard.type('- Four')
    await getEditor(here)
      .locator('li[data-block-suggestion="insert"] ins', { hasText: /^Four$/ })
      .waitFor()
    await getEditor(here)
      .getByText('Last')
      .click({ position: { x: 1, y: 8 } })
    await expect.poll(() => selected(here)).toMatchObject({ words: '', before: '' })
    await here.keyboard.type('- ')
    await getEditor(here).locator('p', { hasText: '- Last' }).locator('ins', { hasText: '-' }).waitFor()
    await screenshot(here, 'list-wide')
    for (let left = 8; left > 0 && (await getEditor(here).locator('[data-suggestion]').count()) > 0; left--)
      await here.keyboard.press('Control+z')
    await expect.poll(() => getEditor(here).locator('[data-suggestion]').count()).toBe(0)
  })

  test('a commenter and an editor suggest changes, the owner accepts and rejects them, and all see the same text', async () => {
    const text = 'The notice period is two weeks. Both sides keep silent.'
    const { here, pages } = await together(text, [
      { name: 'Cora', role: 'commenter', size: phoneWindow },
      { name: 'Eve', role: 'editor' },
    ])
    const [cora, eve] = pages as [Page, Page]

    await choose(cora, 'two weeks')
    await cora.getByRole('button', { name: 'Suggest a change' }).waitFor()
    await screenshot(cora, 'selection-narrow')
    await cora.getByRole('button', { name: 'Suggest a change' }).click()
    await cora.getByLabel('The words instead').fill('three months')
    await screenshot(cora, 'suggest-change-narrow')
    await cora.getByRole('button', { name: 'Suggest' }).click()
    await getEditor(here).locator('ins', { hasText: 'three months' }).waitFor()
    await getEditor(here).locator('del', { hasText: 'two weeks' }).waitFor()

    await eve.getByRole('switch', { name: 'Suggesting' }).click()
    await choose(eve, 'silent')
    await eve.keyboard.type('quiet')
    await eve.keyboard.press('Control+End')
    await expect.poll(() => selected(eve)).toMatchObject({ words: '', left: 0 })
    await eve.keyboard.press('Enter')
    await eve.keyboard.type('Signed by both.')
    await waitUntilSaved(eve)
    await getEditor(here).locator('ins', { hasText: 'quiet' }).waitFor()
    await getEditor(here).locator('del', { hasText: 'silent' }).waitFor()
    await getEditor(here).locator('[data-block-suggestion="insert"]', { hasText: 'Signed by both.' }).waitFor()

    await here.getByRole('button', { name: 'Suggestions' }).click()
    await expect.poll(() => aside(here).getByRole('article').count()).toBe(3)
    await aside(here).getByRole('article', { name: 'Suggestion of Cora' }).waitFor()
    await screenshot(here, 'suggestions-wide')
    await screenshot(eve, 'suggesting-wide')
    await here.setViewportSize({ width: 390, height: 844 })
    await screenshot(here, 'suggestions-narrow')
    await here.setViewportSize({ width: 1280, height: 800 })
    await aside(here).getByRole('article', { name: 'Suggestion of Cora' }).getByRole('button', { name: 'Accept' }).click()
    await getEditor(here).getByText('The notice period is three months.').waitFor()
    const eves = aside(here).getByRole('article', { name: 'Suggestion of Eve' })
    await eves.filter({ hasText: 'quiet' }).getByRole('button', { name: 'Reject' }).click()
    await getEditor(here).locator('ins', { hasText: 'quiet' }).waitFor({ state: 'detached' })
    await eves.filter({ hasText: 'Signed' }).getByRole('button', { name: 'Accept' }).click()
    const end = 'The notice period is three months. Both sides keep silent.Signed by both.'
    for (const page of [here, cora, eve]) {
      await expect.poll(() => words(page)).toBe(end)
      await expect.poll(() => getEditor(page).locator('ins, del, [data-block-suggestion]').count()).toBe(0)
    }
    await aside(here).getByText('Nothing is suggested.').waitFor()
  })
})
