import { expect, test } from 'vitest'
import { registerPerson } from '../support/client.ts'
import { describeInBrowser } from '../support/workspace.ts'

await describeInBrowser('people in the workspace', (workspace) => {
  test('an administrator promotes a person, suspends them and becomes the owner of their venture', async () => {
    const admin = await registerPerson(workspace.url, 'Admin')
    const ann = await registerPerson(workspace.url, 'Ann')
    const { body: venture } = await ann.request('POST', '/api/ventures', { name: 'Left behind' })
    const page = await workspace.openAs(admin)
    await page.getByRole('button', { name: 'Account of Admin' }).click()
    await page.getByRole('menuitem', { name: 'People' }).click()

    const row = page.getByRole('listitem').filter({ hasText: ann.email })
    await row.getByRole('button', { name: 'Manage Ann' }).click()
    await page.getByRole('menuitem', { name: 'Make administrator' }).click()
    await row.getByText('Administrator').waitFor()
    expect((await ann.request('GET', '/api/accounts')).status).toBe(200)

    await row.getByRole('button', { name: 'Manage Ann' }).click()
    await page.getByRole('menuitem', { name: 'Suspend' }).click()
    await row.getByText('Suspended').waitFor()
    expect((await ann.request('GET', '/api/auth/me')).status).toBe(401)

    await page.getByRole('button', { name: 'Become the owner of Left behind' }).click()
    await page.getByText('You are the owner now.').waitFor()
    expect((await admin.request('GET', `/api/ventures/${venture.id}`)).body.role).toBe('owner')

    // the last active administrator cannot be removed
    await page.getByRole('button', { name: 'Manage Admin' }).click()
    await page.getByRole('menuitem', { name: 'Remove as administrator' }).click()
    await page.getByText('The last active administrator cannot be removed.').waitFor()
  })
})
