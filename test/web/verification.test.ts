import type { Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import { registerInOrder } from '../support/builders.ts'
import type { Person } from '../support/client.ts'
import { createAgreement, createSignature, sendNewEnvelope } from '../support/signing.ts'
import { waitUntil } from '../support/wait-until.ts'
import { describeInBrowser, laptopWindow, phoneWindow, screenshot } from '../support/workspace.ts'

await describeInBrowser('verifying a file in the workspace', (workspace) => {
  let ann: Person
  let sealed: Buffer
  beforeAll(async () => {
    ;[, ann] = await registerInOrder(workspace.url, 'Ada', 'Ann')
    const envelope = await sendNewEnvelope(ann, await createAgreement(ann), { parties: [{ userId: ann.id, role: 'signer' }] })
    const path = `/api/legal/envelopes/${envelope.id}`
    await ann.request('POST', `${path}/sign`, createSignature(envelope, 'Ann'))
    await waitUntil(async () => (await ann.request('GET', path)).body.files.length > 0, 'the sealed file')
    const response = await fetch(`${workspace.url}${path}/files/sealed`, { headers: { authorization: `Bearer ${ann.token}` } })
    sealed = Buffer.from(await response.arrayBuffer())
  })
  const choose = (page: Page, name: string, buffer: Buffer) =>
    page.getByLabel('Signed file').setInputFiles({ name, mimeType: 'application/pdf', buffer })
  const verdict = (page: Page, title: string) => page.locator('.verify-verdict').getByRole('heading', { name: title })

  test('anybody drops a file and reads the verdict: valid, changed, not signed', async () => {
    const page = await workspace.openSignedOut('/verify', laptopWindow)
    await page.getByText('Drop a signed PDF').waitFor()
    expect(new URL(page.url()).pathname).toBe('/verify')
    await choose(page, 'agreement.pdf', sealed)
    await verdict(page, 'Valid').waitFor()
    await page.locator('.signature-result', { hasText: 'Ann' }).first().waitFor()
    await screenshot(page, 'verify-valid')
    await page.setViewportSize(phoneWindow.viewport as { width: number; height: number })
    await screenshot(page, 'verify-valid')
    const changed = Buffer.from(sealed)
    changed[Math.floor(sealed.length / 3)] = (changed[Math.floor(sealed.length / 3)] as number) ^ 1
    await choose(page, 'changed.pdf', changed)
    await verdict(page, 'Not valid').waitFor()
    await screenshot(page, 'verify-invalid')
    await choose(page, 'notes.txt', Buffer.from('Notes'))
    await verdict(page, 'Cannot be judged').waitFor()
    await screenshot(page, 'verify-unknown')
  })
})
