import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { registerPerson } from '../support/client.ts'
import { describeInBrowser, getEditor, waitUntilSaved } from '../support/workspace.ts'

await describeInBrowser('the workspace', (workspace) => {
  test('a person signs up and edits a draft with another person; offline edits are kept and merged', async () => {
    const ann = await workspace.openSignedOut('/sign-up')
    await ann.getByRole('textbox', { name: 'Your name' }).fill('Ann')
    await ann.getByRole('textbox', { name: 'E-mail' }).fill(`ann-${randomUUID()}@example.org`)
    await ann.locator('input[type=password]').fill('a good long password')
    await ann.getByRole('button', { name: /create|sign up/i }).click()
    await ann.getByRole('button', { name: 'New' }).click()
    await ann.getByRole('dialog').getByRole('textbox').first().fill('Founders agreement')
    await ann.getByRole('dialog').locator('button[type=submit]').click()
    await getEditor(ann).click()
    await ann.keyboard.type('We found a company.')
    await waitUntilSaved(ann)

    const other = await registerPerson(workspace.url, 'Ben')
    await ann.getByRole('button', { name: 'Share' }).click()
    await ann.getByLabel('Ask somebody in').fill('Ben')
    const role = ann.getByLabel('Role to give')
    await role.selectOption('editor')
    await ann.getByLabel('Ask somebody in').click()
    await ann.getByRole('option', { name: /Ben/ }).click()
    await ann.getByRole('list', { name: 'People with access' }).getByText('Ben').waitFor()
    await ann.keyboard.press('Escape')

    const ben = await workspace.openAs(other)
    await ben.getByText('Founders agreement').click()
    await getEditor(ben).getByText('We found a company.').waitFor()
    await waitUntilSaved(ben)

    const context = ann.context()
    await context.setOffline(true)
    await ann.getByText('Offline: your changes are kept here').waitFor()
    await getEditor(ann).click()
    await ann.keyboard.press('Control+End')
    await ann.keyboard.type(' It is ours.')
    await getEditor(ben).click()
    await ben.keyboard.press('Control+Home')
    await ben.keyboard.type('Today: ')
    await waitUntilSaved(ben)
    await context.setOffline(false)
    await waitUntilSaved(ann)
    for (const page of [ann, ben]) {
      await expect
        .poll(async () => (await getEditor(page).textContent())?.replace(/Ann|Ben|\u2060/g, ''))
        .toBe('Today: We found a company. It is ours.')
    }
  })

  test('a viewer sees “View only” and cannot edit, and can edit after a role change without a reload', async () => {
    const owner = await registerPerson(workspace.url, 'Olga')
    const viewer = await registerPerson(workspace.url, 'Vic')
    const { body } = await owner.request('POST', '/api/spaces', { name: 'Notes' })
    const members = `/api/documents/${body.documentName}/members/${viewer.id}`
    await owner.request('PUT', members, { role: 'viewer' })
    const page = await workspace.openAs(viewer, `/documents/${body.documentName}?view=text`)
    await page.getByText('View only').first().waitFor()
    expect(await getEditor(page).getAttribute('contenteditable')).toBe('false')
    await owner.request('PUT', members, { role: 'editor' })
    await page.locator('[contenteditable=true]').first().waitFor()
    await owner.request('DELETE', members)
    await page
      .getByText(/may not open it|no longer/i)
      .first()
      .waitFor()
  })
})
