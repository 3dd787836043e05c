/** One agreement from the draft to the sealed file, as its people see it. */
import type { Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import { registerInOrder } from '../support/builders.ts'
import type { Person } from '../support/client.ts'
import { createAgreement, readLinkToken, waitForMail } from '../support/signing.ts'
import { describeInBrowser, getEditor, laptopWindow, phoneWindow, screenshot, waitUntilSaved } from '../support/workspace.ts'

await describeInBrowser('from draft to signature', (workspace) => {
  let admin: Person
  let ann: Person
  let ben: Person
  beforeAll(async () => {
    ;[admin, ann, ben] = await registerInOrder(workspace.url, 'Ada', 'Ann', 'Ben')
  })
  const press = (page: Page, name: string) => page.getByRole('button', { name }).click()
  const show = async (page: Page, name: string) => {
    for (const { viewport } of [laptopWindow, phoneWindow]) {
      await page.setViewportSize(viewport as { width: number; height: number })
      await screenshot(page, name)
    }
    await page.setViewportSize(laptopWindow.viewport as { width: number; height: number })
  }
  async function sign(page: Page) {
    await press(page, 'Continue')
    await page.getByRole('checkbox').check()
    await press(page, 'Sign')
    await page.getByText('You signed. Thank you.').waitFor()
  }

  test('draft, suggestion, approval that lapses, three signatures (one without an account), sealed (docuseal #638)', async () => {
    const id = await createAgreement(ann)
    const documentPath = `/documents/legal:${id}`
    await ann.request('PUT', `/api/documents/legal:${id}/members/${ben.id}`, { role: 'editor' })

    // Ben suggests a change; it is in the way of sending
    const bens = await workspace.openAs(ben, documentPath)
    await bens.getByRole('switch', { name: 'Suggesting' }).click()
    await getEditor(bens).getByText('Nothing here gives anybody').click()
    await bens.keyboard.press('End')
    await bens.keyboard.type(' Not even now.')
    await waitUntilSaved(bens)
    const anns = await workspace.openAs(ann, `${documentPath}?panel=review`)
    const panel = anns.getByRole('complementary', { name: 'Review' })
    await panel.getByText('1 suggestion is open.').waitFor()
    await show(anns, 'journey-1-suggestion')
    await panel.getByRole('button', { name: 'Show them' }).click()
    await anns.getByRole('article', { name: 'Suggestion of Ben' }).getByRole('button', { name: 'Accept' }).click()
    await anns.getByText('No open suggestions.').waitFor()

    // Ben approves; the approval lapses with the next word, and Ben sees what changed
    await anns.getByRole('tab', { name: 'Review' }).click()
    await panel.getByRole('textbox', { name: 'Ask for a review' }).click()
    await anns.getByRole('option', { name: 'Ben' }).click()
    await panel.getByText('Not decided yet', { exact: true }).waitFor()
    await bens.getByRole('switch', { name: 'Suggesting' }).click()
    await press(bens, 'Review')
    await press(bens, 'Approve this text')
    await panel.getByText('Approved', { exact: true }).waitFor()
    await panel.getByText('Ready to be sent for signature.').waitFor()
    await getEditor(anns).getByText('Nothing here gives anybody').click()
    await anns.keyboard.press('End')
    await anns.keyboard.type(' Never.')
    await panel.getByText('Lapsed: the text changed').waitFor()
    await show(anns, 'journey-2-lapsed')
    await press(bens, 'Changes since my approval')
    await bens.locator('.redline ins', { hasText: 'Never' }).first().waitFor()
    await show(bens, 'journey-3-changes')
    // another width may have closed the dialog or the panel
    await bens.goto(`${bens.url().split('?')[0]}?panel=review`)
    await press(bens, 'Approve this text')
    await panel.getByText('Ready to be sent for signature.').waitFor()

    await press(anns, 'Send for signature')
    for (const name of ['Ann', 'Ben']) {
      await anns.getByRole('textbox', { name: 'Add a party' }).click()
      await anns.getByRole('option', { name }).click()
    }
    await anns.getByRole('textbox', { name: 'Add a party' }).fill('نادية')
    await anns.getByRole('option', { name: /somebody without an account/ }).click()
    await anns.getByRole('textbox', { name: /^E-mail/ }).fill('nadia@example.org')
    await press(anns, 'Add')
    await anns.getByText('Ready to be sent.').waitFor()
    await show(anns, 'journey-4-prepare')
    await press(anns, 'Send')
    await anns.getByRole('dialog').getByRole('button', { name: 'Send' }).click()
    await anns.getByText('Ann asks you to sign').waitFor()
    await sign(anns)
    await anns.getByText('1 of 3 done').waitFor()

    await bens.goto(`${workspace.url}/envelopes`)
    await bens.setViewportSize(phoneWindow.viewport as { width: number; height: number })
    await bens.getByRole('link', { name: /Sign now/ }).click()
    await sign(bens)
    const mail = await waitForMail(admin, 'nadia@example.org', 'asks you to sign')
    const guest = await workspace.openSignedOut(`/sign#${readLinkToken(mail)}`, phoneWindow)
    await press(guest, 'Send me the code')
    const code = (await waitForMail(admin, 'nadia@example.org', 'is your code')).subject.slice(0, 6)
    await guest.getByRole('textbox', { name: 'Code' }).fill(code)
    await guest.getByText('Ann asks you to sign').waitFor()
    await screenshot(guest, 'journey-5-guest')
    await sign(guest)

    // the owner's page follows without a reload
    await anns.getByText('3 of 3 done').waitFor()
    await anns.getByRole('button', { name: 'Signed document (PDF)' }).waitFor()
    await show(anns, 'journey-6-sealed')
    const downloading = anns.waitForEvent('download')
    await press(anns, 'Signed document (PDF)')
    const file = await (await downloading).path()
    await guest.goto(`${workspace.url}/verify`)
    await guest.getByLabel('Signed file').setInputFiles(file)
    await guest.locator('.verify-verdict').getByRole('heading', { name: 'Valid' }).waitFor()
    expect(await guest.locator('.signature-result').count()).toBeGreaterThanOrEqual(3)
    await screenshot(guest, 'journey-7-verified')
    await anns.goto(`${workspace.url}${documentPath}/state`)
    await anns.locator('.state-box[data-current]', { hasText: 'In force' }).waitFor()
    await show(anns, 'journey-8-state')
  })
})
