/** One person uses each feature of the workspace once. The other files of this folder test the features completely. */
import { beforeAll, expect, test } from 'vitest'
import { type Person, registerPerson } from '../support/client.ts'
import { describeInBrowser, getEditor, selectWord, waitUntilSaved } from '../support/workspace.ts'

await describeInBrowser('a tour of the workspace', (workspace) => {
  let ann: Person
  beforeAll(async () => {
    ann = await registerPerson(workspace.url, 'Ann')
  })

  test('a person creates a draft from a template, fills it, comments, suggests a change and opens the history', async () => {
    const page = await workspace.openAs(ann)
    await page.getByRole('button', { name: 'New' }).click()
    await page.getByLabel('Begin with').selectOption({ label: 'Mutual non-disclosure agreement' })
    await page.getByRole('dialog').locator('button[type=submit]').click()
    await getEditor(page).getByText('This is a sample, not legal advice.').waitFor()

    await getEditor(page).locator('.template-field', { hasText: 'Second party' }).first().click()
    const fields = page.getByRole('dialog', { name: 'Fields' })
    await fields.getByRole('textbox', { name: 'Second party' }).fill('Northwind Ltd')
    await getEditor(page).locator('.template-field', { hasText: 'Northwind Ltd' }).first().waitFor()
    await fields.getByRole('button', { name: 'Close' }).click()

    await selectWord(page, getEditor(page).getByText('Nothing here gives anybody'))
    await page.getByRole('toolbar', { name: 'Selected text' }).getByRole('button', { name: 'Comment' }).click()
    await page.getByLabel('Comment').last().fill('Do we need this?')
    await page.locator('.side-panel').getByRole('button', { name: 'Comment' }).click()
    await getEditor(page).locator('.comment-highlight').first().waitFor()

    await page.getByRole('switch', { name: 'Suggesting' }).click()
    await getEditor(page).getByText('Nothing here gives anybody').click()
    await page.keyboard.press('End')
    await page.keyboard.type(' Not even now.')
    await waitUntilSaved(page)
    await page.getByRole('button', { name: 'Suggestions' }).click()
    await page.getByRole('article', { name: 'Suggestion of Ann' }).getByRole('button', { name: 'Accept' }).click()
    await page.getByText('No open suggestions.').waitFor()

    await page.getByRole('button', { name: 'History' }).click()
    const history = page.getByRole('complementary', { name: 'History' })
    await history.getByText('Ann').first().waitFor()
  })

  test('a person uses a board, a plan, a conversation, the inbox and the administrator pages', async () => {
    const { body: venture } = await ann.request('POST', '/api/ventures', { name: 'Lanternfish' })
    const { body: space } = await ann.request('POST', '/api/spaces', { name: 'Launch' })
    const page = await workspace.openAs(ann, `/documents/${space.documentName}`)
    await page.getByRole('button', { name: 'Add a task to To do' }).click()
    await page.getByRole('textbox', { name: 'What is to be done' }).fill('Ask ten divers')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Ask ten divers' }).waitFor()

    await page.goto(`${workspace.url}/documents/${venture.planDocumentName}`)
    await page.getByRole('button', { name: 'Begin today' }).click()
    await page.getByText('Sprint 2').first().waitFor()

    await page.goto(`${workspace.url}/conversations/${space.id}`)
    await page.getByRole('textbox', { name: 'Message #general' }).fill('Hello all')
    await page.keyboard.press('Enter')
    await page.getByRole('log', { name: 'Messages' }).getByText('Hello all').waitFor()

    await page.goto(`${workspace.url}/inbox`)
    await page.locator('.inbox-item').first().waitFor()
    await page.getByRole('link', { name: 'Preferences' }).click()
    await page.getByLabel('Comments: Mail').click()
    await expect.poll(async () => (await ann.request('GET', '/api/notifications/preferences')).body.categories.comment.email).toBe(false)

    for (const name of ['Webhooks', 'People']) {
      await page.getByRole('button', { name: 'Account of Ann' }).click()
      await page.getByRole('menuitem', { name }).click()
      await page.getByRole('heading', { name }).waitFor()
    }
  })
})
