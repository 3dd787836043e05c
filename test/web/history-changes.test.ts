import type { Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import * as Y from 'yjs'
import { createDraft, type Person, registerPerson } from '../support/client.ts'
import { describeInBrowser, getEditor, laptopWindow, phoneWindow, screenshot } from '../support/workspace.ts'

await describeInBrowser('changes and restoring in the workspace', (workspace) => {
  let ann: Person
  let ben: Person
  beforeAll(async () => {
    ann = await registerPerson(workspace.url, 'Ann')
    ben = await registerPerson(workspace.url, 'Ben')
  })

  const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click()
  const showChanges = (page: Page) => page.getByRole('radiogroup').getByText('Changes', { exact: true }).click()
  const revision = (page: Page) => page.getByRole('article', { name: 'The text as it was' })
  const dialog = (page: Page) => page.getByRole('dialog', { name: 'Restore this version?' })
  /** Edits a document as a person. @returns the sequence number */
  const edit = async (name: string, person: Person, change: (document: Y.Doc) => void): Promise<number> =>
    (await workspace.node.write(name, person.id, change)).head
  const nameVersion = (name: string, title: string) => ann.request('POST', `/api/documents/${name}/versions`, { name: title })

  function createBlock(words: string, type = 'paragraph', attributes: Record<string, unknown> = {}): Y.XmlElement {
    const block = new Y.XmlElement(type)
    for (const [key, value] of Object.entries(attributes)) block.setAttribute(key, value as string)
    block.insert(0, [new Y.XmlText(words)])
    return block
  }
  const textOf = (document: Y.Doc) => document.getXmlFragment('default')
  const wordsOf = (document: Y.Doc, index: number) => (textOf(document).get(index) as Y.XmlElement).get(0) as Y.XmlText

  /** A draft with three versions: `Start`, `Words` with other words, `Formats` with another format and another value of a field. */
  async function createVersions(): Promise<string> {
    const name = await createDraft(ann, 'Supply')
    await ann.request('PUT', `/api/documents/${name}/members/${ben.id}`, { role: 'editor' })
    await edit(name, ann, (document) => {
      const paragraphs = Array.from({ length: 30 }, (_, n) => createBlock(`Clause ${n} stays as it is.`))
      const party = createBlock('Between ')
      const field = new Y.XmlElement('variable')
      field.setAttribute('name', 'owner')
      party.insert(1, [field])
      textOf(document).insert(0, [
        createBlock('Supply', 'heading', { level: 1 }),
        party,
        ...paragraphs,
        createBlock('The price is ten euros.'),
      ])
      document.getMap('variables').set('owner', 'Acme Ltd')
    })
    await nameVersion(name, 'Start')
    await edit(name, ben, (document) => {
      const price = wordsOf(document, 32)
      price.delete(13, 3)
      price.insert(13, 'nine')
      textOf(document).insert(5, [createBlock('A new clause.', 'paragraph', { listStyle: 'clauses' })])
    })
    await nameVersion(name, 'Words')
    await edit(name, ben, (document) => {
      wordsOf(document, 2).format(0, 6, { bold: {} })
      document.getMap('variables').set('owner', 'Beta Ltd')
    })
    await nameVersion(name, 'Formats')
    return name
  }

  test('a version is compared with the one before it, and buttons and keys go from change to change', async () => {
    const name = await createVersions()
    for (const size of [laptopWindow, phoneWindow]) {
      const page = await workspace.openAs(ann, `/documents/${name}`, size)
      await press(page, 'History')
      await page.getByRole('button', { name: /^Words/ }).click()
      await showChanges(page)
      await revision(page).getByText('1 paragraph changed, 1 added.').waitFor()
      const changes = revision(page).getByRole('navigation', { name: 'Changes' })
      await changes.getByText('1 of 2').waitFor()
      const added = revision(page).locator('ins', { hasText: 'A new clause.' })
      await expect.poll(() => added.evaluate((word) => word.closest('p')?.getAttribute('data-number'))).toBe('1.')
      expect(await added.getAttribute('title')).toBe('Written by Ben')
      const price = revision(page).locator('ins', { hasText: 'nine' })
      const isShown = () =>
        price.evaluate((word) => {
          const { top, bottom } = word.getBoundingClientRect()
          return top >= 0 && bottom <= innerHeight && getComputedStyle(word).outlineColor !== 'rgba(0, 0, 0, 0)'
        })
      expect(await isShown()).toBe(false)
      await screenshot(page, 'changes-first')
      await page.keyboard.press('n')
      await changes.getByText('2 of 2').waitFor()
      await expect.poll(isShown).toBe(true)
      await screenshot(page, 'changes-next')
      await page.keyboard.press('p')
      await changes.getByText('1 of 2').waitFor()
      await changes.getByRole('button', { name: 'Previous change' }).click()
      await changes.getByText('2 of 2').waitFor()
      expect(await revision(page).locator('h1', { hasText: 'Supply' }).count()).toBe(1)

      // with another version, and with the current one
      await page.getByLabel('Compare with').selectOption('Formats')
      await revision(page).getByText('Only formats changed, in 1 paragraph. 1 field changed.').waitFor()
      expect(await page.getByLabel('Compare with').locator('option').allTextContents()).toContain('Version before: Start')
      await page.getByLabel('Compare with').selectOption('Current version')
      await revision(page).getByText('Field Owner').waitFor()
      await revision(page).locator('del .template-field', { hasText: 'Acme Ltd' }).waitFor()
      await revision(page).locator('ins .template-field', { hasText: 'Beta Ltd' }).waitFor()
      const format = revision(page).locator('.format-change', { hasText: 'Clause' })
      expect(await format.getAttribute('title')).toBe('Format: bold added')
      await screenshot(page, 'changes-formats')
      await page.context().close()
    }
  })

  test('restoring a text lists what changes, and leaves the board as it is unless it is chosen, too', async () => {
    const { body: space } = await ann.request('POST', '/api/spaces', { name: 'Lamp team' })
    const name: string = space.documentName
    await ann.request('POST', `/api/spaces/${space.id}/tasks`, { title: 'Ask ten divers', status: 'DOING' })
    await edit(name, ann, (document) => textOf(document).insert(0, [createBlock('At the start.')]))
    await nameVersion(name, 'Start')
    const { body: task } = await ann.request('POST', `/api/spaces/${space.id}/tasks`, { title: 'Draw the lamp' })
    await edit(name, ann, (document) => {
      textOf(document).insert(1, [createBlock('Afterwards.')])
      document.getMap('variables').set('owner', 'Acme')
    })
    const board = async () =>
      (await ann.request('GET', `/api/spaces/${space.id}/board`)).body.tasks.map(({ title }: { title: string }) => title).toSorted()
    const page = await workspace.openAs(ann, `/documents/${name}?view=text`)
    await getEditor(page).getByText('Afterwards.').waitFor()
    const openRestore = async () => {
      await page.getByRole('button', { name: /^Start/ }).click()
      await press(page, 'Restore this version')
    }
    await press(page, 'History')
    await openRestore()
    await dialog(page).getByText('Text: 1 paragraph removed').waitFor()
    await dialog(page).getByText('The board and the values of fields stay as they are now.').waitFor()
    expect(await dialog(page).getByText('Draw the lamp').count()).toBe(0)
    await screenshot(page, 'restore-text')
    await dialog(page).getByRole('button', { name: 'Restore' }).click()
    await getEditor(page).getByText('Afterwards.').waitFor({ state: 'detached' })
    expect(await board()).toEqual(['Ask ten divers', 'Draw the lamp'])

    await openRestore()
    await dialog(page).getByText('Nothing changes').waitFor()
    await dialog(page).getByText('Text, board and fields').click()
    await dialog(page).getByText('Task “Draw the lamp”').waitFor()
    await dialog(page).getByText('“Acme” → empty').waitFor()
    await screenshot(page, 'restore-all')
    await dialog(page).getByRole('button', { name: 'Restore' }).click()
    await expect.poll(board).toEqual(['Ask ten divers'])
    expect(task.title).toBe('Draw the lamp')
  })

  test('a board shows the history of its tasks and is restored alone', async () => {
    const { body: space } = await ann.request('POST', '/api/spaces', { name: 'Shipping' })
    const name: string = space.documentName
    const { body: task } = await ann.request('POST', `/api/spaces/${space.id}/tasks`, { title: 'Ask ten divers' })
    await ann.request('POST', `/api/spaces/${space.id}/notes`, { title: 'Monday' })
    await nameVersion(name, 'Start')
    await ann.request('PATCH', `/api/spaces/${space.id}/tasks/${task.id}`, { title: 'Ask twenty divers', assigneeId: ann.id })
    await ann.request('POST', `/api/spaces/${space.id}/tasks`, { title: 'Draw the lamp' })
    await nameVersion(name, 'End')
    await edit(name, ann, (document) => textOf(document).insert(0, [createBlock('The text stays.')]))

    for (const size of [phoneWindow, laptopWindow]) {
      const page = await workspace.openAs(ann, `/documents/${name}`, size)
      await page.getByRole('button', { name: 'Draw the lamp' }).waitFor()
      await press(page, 'History')
      await page.getByRole('button', { name: /^End/ }).click()
      await page.getByText('No text changes. 1 task was changed on the board. 1 task was added to the board.').waitFor()
      const list = page.getByRole('list', { name: 'Changes' })
      await list.getByText('Title: “Ask ten divers” → “Ask twenty divers”; Assignee: none → Ann').waitFor()
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
      await screenshot(page, 'board-history')
      if (size === phoneWindow) continue
      await press(page, 'Back to now')
      await page.getByRole('button', { name: /^Start/ }).click()
      await press(page, 'Restore this version')
      await dialog(page).getByText('The text and the values of fields stay as they are now.').waitFor()
      await dialog(page).getByText('Task “Draw the lamp”').waitFor()
      await screenshot(page, 'board-restore')
      await dialog(page).getByRole('button', { name: 'Restore' }).click()
      await page.getByRole('button', { name: 'Draw the lamp' }).waitFor({ state: 'detached' })
      await page.getByRole('button', { name: 'Ask ten divers' }).waitFor()
    }
    const { body } = await ann.request('GET', `/api/documents/${name}/history/state`)
    expect(JSON.stringify(body.content)).toContain('The text stays.')
  })
})
