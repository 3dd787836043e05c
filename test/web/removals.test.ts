import type { Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import { registerWelcomedPerson } from '../support/builders.ts'
import { createDraft, type Person, registerPerson } from '../support/client.ts'
import { describeInBrowser, getEditor, phoneWindow, screenshot, waitUntilSaved } from '../support/workspace.ts'

await describeInBrowser('removals in the workspace', (workspace) => {
  let ann: Person
  let ben: Person
  beforeAll(async () => {
    ann = await registerPerson(workspace.url, 'Ann')
    ben = await registerPerson(workspace.url, 'Ben')
  })

  /** The accessible name or text of the focused element; `body` where nothing has the focus. */
  const focused = (page: Page) =>
    page.evaluate(() => {
      const { activeElement } = document
      if (!activeElement || activeElement === document.body) return 'body'
      return activeElement.getAttribute('aria-label') ?? activeElement.textContent ?? ''
    })
  const undo = (page: Page, message: string) => page.getByRole('alert').filter({ hasText: message }).getByRole('button', { name: 'Undo' })
  /** Waits for the message of a removal. The pointer on it stops the time after which it is hidden. */
  const hoverUndo = (page: Page, message: string) => undo(page, message).hover()
  const tasksOf = (page: Page) => page.locator('[data-task-id] .task-card-title').allTextContents()
  /** The newest dialog. */
  const dialog = (page: Page, name: string) => page.getByRole('dialog', { name })

  async function createBoard(name: string, titles: string[]): Promise<{ id: string; documentName: string }> {
    const { body } = await ann.request('POST', '/api/spaces', { name })
    await ann.request('PUT', `/api/documents/${body.documentName}/members/${ben.id}`, { role: 'editor' })
    for (const title of titles) await ann.request('POST', `/api/spaces/${body.id}/tasks`, { title, text: `About: ${title}` })
    return body
  }

  test('a removed task, note and poll come back as they were by the button of the message', async () => {
    const { id, documentName } = await createBoard('Removals', ['First', 'Second', 'Third'])
    await ann.request('POST', `/api/spaces/${id}/notes`, { title: 'A note', text: 'What it says' })
    const options = ['Yes', 'No'].map((text) => ({ id: text.toLowerCase(), text }))
    const { body: poll } = await ann.request('POST', `/api/spaces/${id}/polls`, { question: 'Shall we?', options })
    await ben.request('POST', `/api/spaces/${id}/polls/${poll.id}/votes`, { optionId: 'yes' })
    const readBoard = async () => (await ann.request('GET', `/api/spaces/${id}/board`)).body
    const before = await readBoard()
    const page = await workspace.openAs(ann, `/documents/${documentName}`)

    await page.getByRole('button', { name: 'Second' }).click()
    await dialog(page, 'Task').getByRole('button', { name: 'Remove' }).click()
    await expect.poll(() => tasksOf(page)).toEqual(['First', 'Third'])
    await hoverUndo(page, 'Task “Second” removed.')
    // the focus goes to the next task
    await expect.poll(() => focused(page)).toBe('Third')
    await screenshot(page, 'undo-toast')
    // what the person did since then stays
    await page.getByRole('button', { name: 'First' }).focus()
    for (const key of ['Space', 'ArrowRight', 'Space']) await page.keyboard.press(key)
    await undo(page, 'Second').click()
    await expect.poll(() => tasksOf(page)).toEqual(['Second', 'Third', 'First'])
    await page.getByRole('button', { name: 'First' }).focus()
    for (const key of ['Space', 'ArrowLeft', 'ArrowUp', 'Space']) await page.keyboard.press(key)
    await expect.poll(() => tasksOf(page)).toEqual(['First', 'Second', 'Third'])

    await page.getByRole('button', { name: /^A note/ }).click()
    await dialog(page, 'Note').getByRole('button', { name: 'Remove' }).click()
    await hoverUndo(page, 'Note “A note” removed.')
    await expect.poll(() => focused(page)).toBe('Note')
    await page.getByRole('group', { name: 'Shall we?' }).getByRole('button', { name: 'Remove' }).click()
    await hoverUndo(page, 'Poll “Shall we?” removed.')
    await expect.poll(() => focused(page)).toBe('Poll')
    await undo(page, 'A note').click()
    await undo(page, 'Shall we?').click()
    await page.getByRole('group', { name: 'Shall we?' }).waitFor()
    await waitUntilSaved(page)
    const after = await readBoard()
    // the moves back and forth gave the first task another order key
    expect(after).toEqual({ ...before, tasks: [{ ...before.tasks[0], order: after.tasks[0].order }, ...before.tasks.slice(1)] })
  })

  test('keys undo and redo own changes of a board; changes of others and typing in fields are not undone', async () => {
    const { documentName } = await createBoard('Keys', ['One', 'Two'])
    const here = await workspace.openAs(ann, `/documents/${documentName}`)
    const there = await workspace.openAs(ben, `/documents/${documentName}`)
    await there.getByRole('button', { name: 'Add a task to To do' }).click()
    await there.getByRole('textbox', { name: 'What is to be done' }).fill('From Ben')
    await there.keyboard.press('Enter')
    await here.getByRole('button', { name: 'From Ben' }).waitFor()

    await here.getByRole('button', { name: 'Two' }).click()
    await dialog(here, 'Task').getByRole('button', { name: 'Remove' }).click()
    await expect.poll(() => tasksOf(there)).toEqual(['One', 'From Ben'])
    await dialog(here, 'Task').waitFor({ state: 'detached' })
    await here.keyboard.press('Control+z')
    await expect.poll(() => tasksOf(there)).toEqual(['One', 'Two', 'From Ben'])
    // the message is gone with its removal
    await undo(here, 'Two').waitFor({ state: 'detached' })
    await here.keyboard.press('Control+Shift+z')
    await expect.poll(() => tasksOf(there)).toEqual(['One', 'From Ben'])
    await here.keyboard.press('Control+z')
    await expect.poll(() => tasksOf(there)).toEqual(['One', 'Two', 'From Ben'])
    await here.keyboard.press('Control+z')
    await here.getByText('Nothing to undo.').waitFor()
    expect(await tasksOf(here)).toEqual(['One', 'Two', 'From Ben'])

    await here.getByRole('button', { name: 'One' }).focus()
    for (const key of ['Space', 'ArrowRight', 'Space', 'Enter']) await here.keyboard.press(key)
    await here.getByRole('textbox', { name: 'What is to be done' }).press('Control+z')
    await here.keyboard.press('Escape')
    await dialog(here, 'Task').waitFor({ state: 'detached' })
    expect(await tasksOf(here)).toEqual(['Two', 'From Ben', 'One'])
  })

  test('a removed goal and risk of a plan come back, on a phone too', async () => {
    const { body: venture } = await ann.request('POST', '/api/ventures', { name: 'Lanternfish' })
    const plan = `/api/ventures/${venture.id}/plan`
    await ann.request('POST', `${plan}/goals`, { title: 'Ten divers', target: 10, unit: 'divers' })
    await ann.request('POST', `${plan}/risks`, { title: 'It leaks', impact: 5, probability: 3 })
    const readPlan = async () => (await ann.request('GET', plan)).body
    const before = await readPlan()
    const page = await workspace.openAs(ann, `/documents/${venture.planDocumentName}`, phoneWindow)
    for (const [form, title] of [
      ['Goal', 'Ten divers'],
      ['Risk', 'It leaks'],
    ] as const) {
      await page.getByRole('button', { name: title }).click()
      await dialog(page, form).getByRole('button', { name: 'Remove' }).click()
      await hoverUndo(page, `${form} “${title}” removed.`)
      await expect.poll(() => focused(page)).toBe(form)
    }
    await screenshot(page, 'undo-toasts')
    for (const title of ['Ten divers', 'It leaks']) await undo(page, title).click()
    await expect.poll(readPlan).toEqual(before)
  })

  test('deleting a message and a webhook, and removing a member, ask first and keep the focus near', async () => {
    const { body: channel } = await ann.request('POST', '/api/conversations/direct', { userIds: [ben.id] })
    for (const text of ['One', 'Two']) await ann.request('POST', `/api/conversations/${channel.id}/messages`, { text })
    const page = await workspace.openAs(ann, `/conversations/${channel.id}`)
    const message = page.getByRole('log').getByRole('listitem').filter({ hasText: 'One' })
    await message.hover()
    await message.getByRole('button', { name: 'More on what you said' }).click()
    await page.getByRole('menuitem', { name: 'Delete' }).click()
    await dialog(page, 'Delete this message?').getByText('You cannot undo this.').waitFor()
    await screenshot(page, 'delete-message')
    await page.keyboard.press('Escape')
    await dialog(page, 'Delete this message?').waitFor({ state: 'detached' })
    await expect.poll(() => focused(page)).toBe('More on what you said')
    await message.getByText('One').waitFor()
    await page.keyboard.press('Enter')
    await page.getByRole('menuitem', { name: 'Delete' }).click()
    await dialog(page, 'Delete this message?').getByRole('button', { name: 'Delete' }).click()
    await page.getByText('This message was deleted.').waitFor()
    await dialog(page, 'Delete this message?').waitFor({ state: 'detached' })
    await expect.poll(() => focused(page)).toMatch(/your message|you said/)

    await ann.request('POST', '/api/webhooks', { audience: `user:${ann.id}`, url: 'https://example.com/hook', events: ['*'] })
    await page.goto(`${workspace.url}/webhooks`)
    await page.getByRole('button', { name: 'More' }).click()
    await page.getByRole('menuitem', { name: 'Delete' }).click()
    await dialog(page, 'Delete this webhook?').getByText('https://example.com/hook receives no more events.').waitFor()
    await screenshot(page, 'delete-webhook')
    await dialog(page, 'Delete this webhook?').getByRole('button', { name: 'Delete' }).click()
    await page.getByText('https://example.com/hook').first().waitFor({ state: 'detached' })
    await expect.poll(() => focused(page)).not.toBe('body')

    const draft = await createDraft(ann, 'Shared')
    await ann.request('PUT', `/api/documents/${draft}/members/${ben.id}`, { role: 'editor' })
    await page.goto(`${workspace.url}/documents/${draft}`)
    await page.getByRole('button', { name: 'Share' }).click()
    await page.getByRole('button', { name: 'Take access away from Ben' }).click()
    await dialog(page, 'Remove Ben?').getByText('Ben loses access to this document at once.').waitFor()
    await screenshot(page, 'remove-member')
    await dialog(page, 'Remove Ben?').getByRole('button', { name: 'Remove' }).click()
    await page.getByText('Ben is out.').waitFor()
    await dialog(page, 'Remove Ben?').waitFor({ state: 'detached' })
    await expect.poll(() => focused(page)).not.toBe('body')
    expect(await page.evaluate(() => document.activeElement?.closest('[role=dialog]') !== null)).toBe(true)
  })

  test('deleting a comment and rejecting all suggestions ask first', async () => {
    const draft = await createDraft(ann, 'Reviewed')
    await ann.request('PUT', `/api/documents/${draft}/members/${ben.id}`, { role: 'commenter' })
    for (const text of ['First thread', 'Second thread']) await ann.request('POST', `/api/documents/${draft}/comments`, { text })
    const page = await workspace.openAs(ann, `/documents/${draft}`)
    await page.getByRole('button', { name: 'Comments' }).click()
    const thread = page.locator('.thread').filter({ hasText: 'First thread' })
    await thread.getByRole('button', { name: 'More on what you said' }).click()
    await page.getByRole('menuitem', { name: 'Delete' }).click()
    await dialog(page, 'Delete this thread?').waitFor()
    await screenshot(page, 'delete-thread')
    await dialog(page, 'Delete this thread?').getByRole('button', { name: 'Delete' }).click()
    await thread.waitFor({ state: 'detached' })
    await expect.poll(() => focused(page)).not.toBe('body')
    await page.locator('.thread').filter({ hasText: 'Second thread' }).waitFor()

    await getEditor(page).click()
    await page.keyboard.type('Ann writes this.')
    await page.getByRole('switch', { name: 'Suggesting' }).click()
    await getEditor(page).click()
    await page.keyboard.press('Control+End')
    await page.keyboard.type(' And suggests that.')
    await page.getByRole('button', { name: 'Suggestions' }).click()
    await page.getByRole('button', { name: 'Reject all' }).click()
    await dialog(page, 'Reject the suggestion?').waitFor()
    await screenshot(page, 'reject-all')
    await dialog(page, 'Reject the suggestion?').getByRole('button', { name: 'Cancel' }).click()
    await dialog(page, 'Reject the suggestion?').waitFor({ state: 'detached' })
    await getEditor(page).locator('ins', { hasText: 'suggests' }).waitFor()
    await page.getByRole('button', { name: 'Reject all' }).click()
    await dialog(page, 'Reject the suggestion?').getByRole('button', { name: 'Reject all' }).click()
    await getEditor(page).locator('ins').waitFor({ state: 'detached' })
    await expect.poll(() => focused(page)).not.toBe('body')
  })

  test('archiving in the inbox moves the focus to the next row and can be undone, also for a group', async () => {
    const cleo = await registerWelcomedPerson(workspace.url, 'Cleo')
    await cleo.request('PUT', '/api/notifications/archive-all')
    const drafts = [await createDraft(ann, 'Older'), await createDraft(ann, 'Newer')]
    for (const draft of drafts) await ann.request('PUT', `/api/documents/${draft}/members/${cleo.id}`, { role: 'commenter' })
    for (const text of ['One', 'Two', 'Three'])
      await ann.request('POST', `/api/documents/${drafts[1]}/comments`, { text: `@[${cleo.id}] ${text}` })
    await cleo.request('PUT', `/api/subjects/${drafts[1]}/watch`, {})
    const page = await workspace.openAs(cleo, '/inbox')
    const rows = page.locator('.inbox-item')
    await rows.filter({ hasText: 'Ann shared Older' }).waitFor()
    const before = await rows.allTextContents()
    const first = await rows.first().textContent()
    await page.keyboard.press('j')
    await page.keyboard.press('e')
    await expect.poll(() => rows.allTextContents()).toEqual(before.slice(1))
    const focusedRow = () => page.evaluate(() => document.activeElement?.closest('.inbox-item')?.textContent)
    await expect.poll(focusedRow).toBe(before[1])
    await page.getByRole('alert').getByRole('button', { name: 'Undo' }).hover()
    await screenshot(page, 'archived')
    await page.getByRole('alert').getByRole('button', { name: 'Undo' }).click()
    await expect.poll(() => rows.first().textContent()).toBe(first)
    await expect.poll(() => rows.allTextContents()).toEqual(before)
  })
})
