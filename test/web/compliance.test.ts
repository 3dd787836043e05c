import type { Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import { registerInOrder } from '../support/builders.ts'
import type { Person } from '../support/client.ts'
import { createAgreement } from '../support/signing.ts'
import { describeInBrowser, laptopWindow, phoneWindow, screenshot } from '../support/workspace.ts'

await describeInBrowser('documents that the platform asks to sign', (workspace) => {
  let admin: Person
  let ben: Person
  beforeAll(async () => {
    ;[admin, ben] = await registerInOrder(workspace.url, 'Ada', 'Ben')
    const documentId = await createAgreement(admin, 'Privacy notice')
    await admin.request('PATCH', `/api/legal/documents/${documentId}`, { kind: 'privacy-notice' })
    expect((await admin.request('POST', '/api/legal/kinds/privacy-notice/publish', { documentId })).status).toBe(201)
  })

  test('a person sees what is missing, reads it and signs it', async () => {
    const page: Page = await workspace.openAs(ben, '/compliance', laptopWindow)
    await page.getByText('0 %').waitFor()
    await screenshot(page, 'compliance')
    await page.setViewportSize(phoneWindow.viewport as { width: number; height: number })
    await screenshot(page, 'compliance')
    await page.getByRole('link', { name: 'Sign Privacy notice and acknowledgment' }).click()
    await page.getByRole('textbox', { name: 'Your name' }).fill('Ben Okri')
    await page.getByRole('checkbox').check()
    await screenshot(page, 'compliance-sign')
    await page.getByRole('button', { name: 'Sign' }).click()
    await page.getByText('You signed. Thank you.').waitFor()
    await page.goto(`${workspace.url}/compliance`)
    await page.getByText('100 %').waitFor()
    await page.getByText('You have signed everything').waitFor()
  })
})
