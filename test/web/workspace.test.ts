import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { registerPerson } from '../support/client.ts'
import { describeInBrowser, getEditor, waitUntilSaved } from '../support/workspace.ts'

await describeInBrowser('the workspace', (workspace) => {
  test('a person signs up and edits a draft with another person; offline edits are kept and merged', async () => {
    const annsPage = await workspace.openSignedOut('/sign-up')
    await annsPage.getByRole('textbox', { name: 'Your name' }).fill('Ann')
    await annsPage.getByRole('textbox', { name: 'E-mail' }).fill(`ann-${randomUUID()}@example.org`)
    await annsPage.locator('input[type=password]').fill('a good long password')
    await annsPage.getByRole('button', { name: /create|sign up/i }).click()
    await annsPage.getByRole('button', { name: 'New' }).click()
    await annsPage.getByRole('dialog').getByRole('textbox').first().fill('Founders agreement')
    await annsPage.getByRole('dialog').locator('button[type=submit]').click()
    await getEditor(annsPage).click()
    await annsPage.keyboard.type('We found a company.')
    await waitUntilSaved(annsPage)

    const ben = await registerPerson(workspace.url, 'Ben')
    await annsPage.getByRole('button', { name: 'Share' }).click()
    await annsPage.getByLabel('Ask somebody in').fill('Ben')
    const role = annsPage.getByLabel('Role to give')
    await role.selectOption('editor')
    await annsPage.getByLabel('Ask somebody in').click()
    await annsPage.getByRole('option', { name: /Ben/ }).click()
    await annsPage.getByRole('list', { name: 'People with access' }).getByText('Ben').waitFor()
    await annsPage.keyboard.press('Escape')

    const bensPage = await workspace.openAs(ben)
    await bensPage.getByText('Founders agreement').click()
    await getEditor(bensPage).getByText('We found a company.').waitFor()
    await waitUntilSaved(bensPage)

    const context = annsPage.context()
    await context.setOffline(true)
    await annsPage.getByText('Offline: your changes are kept here').waitFor()
    await getEditor(annsPage).click()
    await annsPage.keyboard.press('Control+End')
    await annsPage.keyboard.type(' It is ours.')
    await getEditor(bensPage).click()
    await bensPage.keyboard.press('Control+Home')
    await bensPage.keyboard.type('Today: ')
    await waitUntilSaved(bensPage)
    await context.setOffline(false)
    await waitUntilSaved(annsPage)
    for (const page of [annsPage, bensPage]) {
      await expect
        .poll(async () => (await getEditor(page).textContent())?.replace(/Ann|Ben|\u2060/g, ''))
        .toBe('Today: We found a company. It is ours.')
    }
  })

  test('a viewer sees “View only” and cannot edit, and can edit after a role change without a reload', async () => {
    const owner = await registerPerson(workspace.url, 'Olga')
    const viewer = await registerPerson(workspace.url, 'Vic')
    const { body } = await owner.request('POST', '/api/spaces', { name: 'Notes' })
    const membershipPath = `/api/documents/${body.documentName}/members/${viewer.id}`
    await owner.request('PUT', membershipPath, { role: 'viewer' })
    const page = await workspace.openAs(viewer, `/documents/${body.documentName}?view=text`)
    await page.getByText('View only').first().waitFor()
    expect(await getEditor(page).getAttribute('contenteditable')).toBe('false')
    await owner.request('PUT', membershipPath, { role: 'editor' })
    await page.locator('[contenteditable=true]').first().waitFor()
    await owner.request('DELETE', membershipPath)
    await page
      .getByText(/may not open it|no longer/i)
      .first()
      .waitFor()
  })
})
