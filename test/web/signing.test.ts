import type { Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import { registerInOrder } from '../support/builders.ts'
import type { Person } from '../support/client.ts'
import { createAgreement, readLinkToken, sendNewEnvelope, waitForMail } from '../support/signing.ts'
import { describeInBrowser, laptopWindow, phoneWindow, screenshot } from '../support/workspace.ts'

await describeInBrowser('signing in the workspace', (workspace) => {
  let admin: Person
  let ann: Person
  let ben: Person
  beforeAll(async () => {
    ;[admin, ann, ben] = await registerInOrder(workspace.url, 'Ada', 'Ann', 'Ben')
  })
  const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name })

  test('a person signs on a phone: consent is asked for, the prefilled name stays (documenso #2512)', async () => {
    const envelope = await sendNewEnvelope(ann, await createAgreement(ann), {
      parties: [
        { userId: ben.id, role: 'signer' },
        { name: 'Çelik Ødegård', email: 'celik@example.org', role: 'signer' },
      ],
      message: 'Please sign before Friday.',
    })
    const page = await workspace.openAs(ben, `/envelopes/${envelope.id}`, phoneWindow)
    await page.getByText('Ann asks you to sign').waitFor()
    await page.getByText('Mutual non-disclosure').first().waitFor()
    await screenshot(page, 'sign-text')
    await button(page, 'Continue').click()
    await page.getByRole('textbox', { name: 'Your name' }).click()
    expect(await page.getByRole('textbox', { name: 'Your name' }).inputValue()).toBe('Ben')
    await button(page, 'Sign').click()
    await page.getByText('Tick the box to agree.').waitFor()
    await screenshot(page, 'sign-section')
    await page.getByRole('checkbox').check()
    await button(page, 'Sign').click()
    await page.getByText('You signed. Thank you.').waitFor()
    await screenshot(page, 'sign-thanks')
    expect((await ann.request('GET', `/api/legal/envelopes/${envelope.id}`)).body.parties[0]).toMatchObject({ state: 'signed' })

    const mail = await waitForMail(admin, 'celik@example.org', 'asks you to sign')
    const guest = await workspace.openSignedOut(`/sign#${readLinkToken(mail)}`, phoneWindow)
    await screenshot(guest, 'sign-link')
    await button(guest, 'Send me the code').click()
    const code = (await waitForMail(admin, 'celik@example.org', 'is your code')).subject.slice(0, 6)
    await guest.getByRole('textbox', { name: 'Code' }).fill('000000')
    await guest.getByText(/This code is wrong/).waitFor()
    await screenshot(guest, 'sign-code')
    await guest.getByRole('textbox', { name: 'Code' }).fill(code)
    await guest.getByText('Ann asks you to sign').waitFor()
    await button(guest, 'Continue').click()
    await guest.getByText('Draw', { exact: true }).click()
    const pad = guest.locator('canvas')
    await pad.scrollIntoViewIfNeeded()
    const box = (await pad.boundingBox()) as { x: number; y: number; width: number; height: number }
    await guest.mouse.move(box.x + 30, box.y + 50)
    await guest.mouse.down()
    for (let step = 0; step < 20; step++) await guest.mouse.move(box.x + 30 + step * 12, box.y + 50 + Math.sin(step) * 30)
    await guest.mouse.up()
    await guest.getByRole('checkbox').check()
    await screenshot(guest, 'sign-drawn')
    await button(guest, 'Sign').click()
    await guest.getByText('You signed. Thank you.').waitFor()
    await screenshot(guest, 'sign-complete')
    // the token of the link's access is in memory only
    expect(await guest.evaluate(() => JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage)]))).not.toContain(
      'link.',
    )
    const owner = await workspace.openAs(ann, `/envelopes/${envelope.id}`, laptopWindow)
    await owner.getByText('2 of 2 done').waitFor()
    await screenshot(owner, 'envelope-progress')
  })

  test('a person prepares an envelope from the draft: parties, order by buttons and by dragging, witness, deadline', async () => {
    const id = await createAgreement(ann, 'Shareholders agreement')
    await ann.request('PUT', `/api/documents/legal:${id}/members/${ben.id}`, { role: 'commenter' })
    const page = await workspace.openAs(ann, `/documents/legal:${id}`)
    await button(page, 'State: Draft').waitFor()
    await screenshot(page, 'draft-state')
    await button(page, 'Send for signature').click()
    for (const name of ['Ann', 'Ben']) {
      await page.getByRole('textbox', { name: 'Add a party' }).click()
      await page.getByRole('option', { name }).click()
    }
    await page.getByRole('textbox', { name: 'Add a party' }).fill('wen@example.org')
    await page.getByRole('option', { name: /somebody without an account/ }).click()
    await page.getByRole('textbox', { name: /^Name/ }).fill('Wen')
    await button(page, 'Add').click()
    await page.getByRole('heading', { name: 'Step 1: at the same time' }).waitFor()
    await page.getByRole('combobox', { name: 'How many of step 1 must act' }).selectOption('2')

    // by keyboard: Wen goes into a step of her own, and the focus stays on her arrow
    await button(page, 'Move Wen down').focus()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Step 2' }).waitFor()
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('Move Wen up')
    // by dragging: Ben goes into the step of Wen
    await page.locator('[data-party-key]', { hasText: 'Ben' }).dragTo(page.locator('[data-party-key]', { hasText: 'Wen' }))
    await page.getByRole('heading', { name: 'Step 2: at the same time' }).waitFor()
    await page.getByRole('combobox', { name: 'Role of Ben' }).selectOption('witness')
    await page.getByRole('combobox', { name: 'Whose signature Ben witnesses' }).selectOption('of Wen')
    await page.getByLabel('Message').fill('Please sign.')
    await page.getByLabel('Deadline').fill('2020-01-01T10:00')
    await page.getByText('The deadline must be in the future.').waitFor()
    await page.getByLabel('Deadline').fill('2027-01-01T10:00')
    await page.getByRole('switch', { name: 'Parties can decline to sign' }).click()
    await page.getByText('Saved', { exact: true }).waitFor()
    await screenshot(page, 'prepare')
    await page.setViewportSize({ width: 390, height: 844 })
    await screenshot(page, 'prepare')
    await button(page, 'Send').click()
    await screenshot(page, 'prepare-send')
    await page.getByRole('dialog').getByRole('button', { name: 'Send' }).click()
    await page.getByText('Ann asks you to sign').waitFor()
    const [envelope] = (await ann.request('GET', `/api/legal/envelopes?documentId=${id}`)).body.items
    expect(envelope).toMatchObject({
      state: 'sent',
      declineAllowed: false,
      message: 'Please sign.',
      parties: [
        { name: 'Ann', role: 'signer', step: 1 },
        { name: 'Wen', role: 'signer', step: 2 },
        { name: 'Ben', role: 'witness', step: 2 },
      ],
    })
    expect(envelope.parties[2].witnessOf).toBe(envelope.parties[1].id)

    await page.goto(`${workspace.url}/envelopes`)
    await page.getByRole('link', { name: /Shareholders agreement/ }).waitFor()
    await page.getByRole('link', { name: 'Signatures, 1 waiting for you' }).waitFor()
    await screenshot(page, 'envelopes')
    await page.getByText('Sent by me').click()
    await page.getByRole('combobox', { name: 'State' }).selectOption('sent')
    await page.getByText('0 of 3 done').waitFor()
  })

  test('a party hands over or declines with a reason; the owner extends, corrects and voids', async () => {
    const documentId = await createAgreement(ann)
    const parties = [
      { userId: ann.id, role: 'signer' },
      { userId: ben.id, role: 'signer' },
    ]
    const { id } = await sendNewEnvelope(ann, documentId, { parties })
    const read = async (envelope: string) => (await ann.request('GET', `/api/legal/envelopes/${envelope}`)).body
    const bens = await workspace.openAs(ben, `/envelopes/${id}`)
    await button(bens, 'Other options').click()
    await bens.getByRole('menuitem', { name: 'Ask somebody else to sign' }).click()
    await bens.getByRole('textbox', { name: /^Name/ }).fill('Wen')
    await bens.getByRole('textbox', { name: /^E-mail/ }).fill('wen@example.org')
    await button(bens, 'Hand over').click()
    await bens.getByText('Somebody else signs in your place.').waitFor()
    await bens.getByText('in place of Ben').waitFor()

    const anns = await workspace.openAs(ann, `/envelopes/${id}`)
    await anns.getByText('Who else is asked').click()
    await button(anns, 'Remind Wen').waitFor()
    await screenshot(anns, 'envelope-owner')
    await button(anns, 'Extend the deadline').click()
    await anns.getByLabel(/New deadline/).fill('2027-02-01T10:00')
    await button(anns, 'Extend').click()
    await anns.getByText(/by February 1, 2027/).waitFor()
    await button(anns, 'Correct and send again').click()
    await button(anns, 'Correct').click()
    await anns.getByText('Not sent yet').waitFor()
    expect((await read(id)).state).toBe('superseded')
    await bens.getByText('Ann replaced this document by a corrected one.').waitFor()
    const replaced = await workspace.openAs(ann, `/envelopes/${id}`)
    await replaced.getByRole('link', { name: 'Open the version that replaced it' }).click()
    await replaced.getByText('Not sent yet').waitFor()

    await button(anns, 'Send').click()
    await anns.getByRole('dialog').getByRole('button', { name: 'Send' }).click()
    await anns.getByText('Ann asks you to sign').waitFor()
    const corrected = new URL(anns.url()).pathname.split('/').at(-1) as string
    await button(anns, 'Other options').click()
    await anns.getByRole('menuitem', { name: 'Decline to sign' }).click()
    await anns.getByLabel(/Reason/).fill('The price is wrong.')
    await button(anns, 'Decline to sign').click()
    await anns.getByText('Why it was declined').waitFor()
    await screenshot(anns, 'envelope-declined')
    expect(await read(corrected)).toMatchObject({ state: 'declined', endReason: 'The price is wrong.', supersedes: id })

    const other = await sendNewEnvelope(ann, await createAgreement(ann), { parties: [{ userId: ben.id, role: 'signer' }] })
    await anns.goto(`${workspace.url}/envelopes/${other.id}`)
    await button(anns, 'Void').click()
    const dialog = anns.getByRole('dialog')
    await dialog.getByLabel(/Reason/).fill('Signed on paper.')
    await dialog.getByRole('button', { name: 'Void' }).click()
    await anns.getByText('Why it was voided').waitFor()
    await bens.goto(`${workspace.url}/envelopes/${other.id}`)
    await bens.getByText('Ann voided this document. Nobody can sign it any more.').waitFor()
  })

  test('an approver, a signer and a witness act one after the other, each when it is their turn', async () => {
    const envelope = await sendNewEnvelope(ann, await createAgreement(ann), {
      parties: [
        { userId: ben.id, role: 'approver', step: 1 },
        { userId: ann.id, role: 'signer', step: 2 },
        { userId: admin.id, role: 'witness', step: 2, witnessOf: 2 },
      ],
    })
    const path = `/envelopes/${envelope.id}`
    const anns = await workspace.openAs(ann, path)
    await anns.getByText('It is not your turn yet. You get a message when the others before you have signed.').waitFor()
    const bens = await workspace.openAs(ben, path, phoneWindow)
    await button(bens, 'Continue').click()
    await button(bens, 'Approve').click()
    await bens.getByText('You approved. Thank you.').waitFor()

    // Ann's page follows without a reload
    await anns.getByText('Ann asks you to sign').waitFor()
    await button(anns, 'Continue').click()
    await anns.getByRole('checkbox').check()
    await button(anns, 'Sign').click()
    await anns.getByText('You signed. Thank you.').waitFor()

    const adas = await workspace.openAs(admin, path, phoneWindow)
    await adas.getByText('Ann asks you to witness').waitFor()
    await button(adas, 'Continue').click()
    await adas.getByRole('checkbox').check()
    await button(adas, 'Sign').click()
    await adas.getByText('A witness gives their postal address.').waitFor()
    await screenshot(adas, 'sign-witness')
    await adas.getByLabel('Your postal address').fill('1 Harbour Street, Halifax')
    await button(adas, 'Sign').click()
    await adas.getByText('You signed as witness. Thank you.').waitFor()
    await anns.getByText('3 of 3 done').waitFor()
  })
})
