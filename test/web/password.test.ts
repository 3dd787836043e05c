import type { Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import { sendRequest, type Person, registerPerson } from '../support/client.ts'
import { waitUntil } from '../support/wait-until.ts'
import { describeInBrowser } from '../support/workspace.ts'

await describeInBrowser('passwords in the workspace', (workspace) => {
  let admin: Person
  beforeAll(async () => {
    admin = await registerPerson(workspace.url, 'Admin')
  })

  const waitForHome = (page: Page) => page.getByRole('button', { name: 'New' }).waitFor()
  async function signIn(page: Page, email: string, password: string) {
    await page.getByRole('textbox', { name: 'E-mail' }).fill(email)
    await page.locator('input[type=password]').fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
  }
  async function readResetLink(email: string): Promise<string> {
    const mail = await waitUntil(async () => {
      await workspace.node.sequencer.drain()
      await workspace.node.deliveryWorker.deliverDue()
      const { items } = (await admin.request('GET', '/api/outbox?limit=100')).body
      return items.find((item: { to: string; subject: string }) => item.to === email && item.subject === 'Choose a new password')
    }, 'the reset mail')
    return /http\S+\/reset-password#\S+/.exec((await admin.request('GET', `/api/outbox/${mail.id}`)).body.text)?.[0] as string
  }

  test('a link in a mail resets a forgotten password and works once', async () => {
    const ann = await registerPerson(workspace.url, 'Ann')
    const page = await workspace.openSignedOut('/sign-in')
    await page.getByRole('link', { name: 'Forgot your password?' }).click()
    await page.getByRole('textbox', { name: 'E-mail' }).fill(ann.email)
    await page.getByRole('button', { name: 'Send the link' }).click()
    await page.getByText('Check your e-mail').waitFor()
    const link = await readResetLink(ann.email)

    await page.goto(link)
    await page.getByLabel(/^New password/).fill('short')
    await page.getByRole('button', { name: 'Reset password' }).click()
    await page.getByText('At least 8 characters, please.').waitFor()
    await page.getByLabel(/^New password/).fill('a new password')
    await page.getByRole('button', { name: 'Reset password' }).click()
    await page.getByText('Your password was reset').waitFor()
    expect(page.url()).toBe(`${workspace.url}/reset-password`)
    await page.getByRole('link', { name: 'Sign in' }).click()
    await signIn(page, ann.email, 'a new password')
    await waitForHome(page)

    const secondPage = await workspace.openSignedOut('/sign-in')
    await secondPage.goto(link)
    await secondPage.getByLabel(/^New password/).fill('another password')
    await secondPage.getByRole('button', { name: 'Reset password' }).click()
    await secondPage.getByText('This link does not work').waitFor()
    await secondPage.getByRole('link', { name: 'Get a new link' }).click()
    await secondPage.getByRole('heading', { name: 'Forgot your password?' }).waitFor()
  })

  test('a password is changed in the account menu, and this browser stays signed in', async () => {
    const ben = await registerPerson(workspace.url, 'Ben')
    const page = await workspace.openSignedOut('/sign-in')
    await signIn(page, ben.email, ben.password)
    await waitForHome(page)
    const cookies = await page.context().cookies(`${workspace.url}/api/auth/login`)
    expect(cookies).toMatchObject([{ name: expect.stringMatching(/^device-/), httpOnly: true, sameSite: 'Strict' }])
    await page.getByRole('button', { name: 'Account of Ben' }).click()
    await page.getByRole('menuitem', { name: 'Change password' }).click()
    const dialog = page.getByRole('dialog', { name: 'Change password' })
    await dialog.getByLabel(/^Current password/).fill('not it')
    await dialog.getByLabel(/^New password/).fill('a new password')
    await dialog.getByRole('button', { name: 'Change password' }).click()
    await dialog.getByText('This is not your current password.').waitFor()
    await dialog.getByLabel(/^Current password/).fill(ben.password)
    await dialog.getByRole('button', { name: 'Change password' }).click()
    await page.getByText('Your password was changed.').waitFor()
    await page.reload()
    await waitForHome(page)
    expect((await sendRequest(workspace.url, 'POST', '/api/auth/login', { email: ben.email, password: 'a new password' })).status).toBe(200)
    expect((await ben.request('GET', '/api/auth/me')).status).toBe(401)
  })
})
