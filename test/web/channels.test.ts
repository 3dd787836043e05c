import { afterAll, beforeAll, expect, test } from 'vitest'
import { renderMail } from '../../domain/notifications/mail/template.ts'
import { type Person, registerPerson } from '../support/client.ts'
import { type HttpReceiver, startHttpReceiver } from '../support/http-receiver.ts'
import { waitUntil } from '../support/wait-until.ts'
import { describeInBrowser, screenshot, laptopWindow } from '../support/workspace.ts'

await describeInBrowser('webhooks, mail and deliveries in the workspace', (workspace) => {
  let ada: Person
  let receiver: HttpReceiver
  beforeAll(async () => {
    ada = await registerPerson(workspace.url, 'Ada')
    receiver = await startHttpReceiver()
  })
  afterAll(() => receiver?.stop())

  test('an owner registers a webhook, sees its secret once, tests it, reads its log and resends a delivery', async () => {
    const { body: venture } = await ada.request('POST', '/api/ventures', { name: 'Lanternfish' })
    const page = await workspace.openAs(ada)
    await page.getByRole('button', { name: 'Account of Ada' }).click()
    await page.getByRole('menuitem', { name: 'Webhooks' }).click()
    await page.getByLabel('They hear').selectOption({ label: 'Venture: Lanternfish' })
    await page.getByText('No program hears this yet.').waitFor()
    await page.getByRole('button', { name: 'Add' }).click()
    await page.getByRole('textbox', { name: 'Address' }).fill('ftp://example.org')
    await page.getByRole('button', { name: 'Register' }).click()
    await page.getByText('must begin with https://').waitFor()
    await page.getByRole('textbox', { name: 'Address' }).fill(`${receiver.url}/hook`)
    await screenshot(page, 'webhook-add')
    await page.getByRole('button', { name: 'Register' }).click()
    const secret = page.locator('.webhook-secret')
    await secret.waitFor()
    expect(await secret.textContent()).toMatch(/^whsec_/)
    await screenshot(page, 'webhook-secret')
    await page.getByRole('button', { name: 'I have it' }).click()
    await secret.waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Send a test' }).click()
    const deliveryList = page.getByRole('list', { name: 'What it was told' })
    await deliveryList.getByText('webhook.test').waitFor()
    await deliveryList.getByText('Delivered').waitFor()
    receiver.respondWith(500)
    await ada.request('PATCH', `/api/ventures/${venture.id}`, { name: 'Lanternfish Labs' })
    await deliveryList.getByText('The receiver responded 500.').waitFor()
    receiver.respondWith(204)
    await deliveryList.getByRole('button', { name: /^Send again: webhook.test/ }).click()
    await waitUntil(() => receiver.received.filter(({ json }) => json.type === 'webhook.test').length === 2, 'the test to be sent again')
    await screenshot(page, 'webhooks')
  })

  test('a dialog does not move while it opens, so that a click on its buttons is not lost', async () => {
    const page = await workspace.openAs(ada, '/webhooks', { ...laptopWindow, reducedMotion: 'no-preference' })
    const dialogTops = await page.evaluateHandle(() => {
      const tops: number[] = []
      const recordTop = () => {
        const dialog = document.querySelector('[role=dialog]')
        if (dialog) tops.push(dialog.getBoundingClientRect().top)
        requestAnimationFrame(recordTop)
      }
      recordTop()
      return tops
    })
    await page.getByRole('button', { name: 'Add' }).click()
    await expect.poll(() => page.getByRole('dialog').evaluate((dialog) => getComputedStyle(dialog).opacity)).toBe('1')
    expect(new Set(await dialogTops.jsonValue()).size).toBe(1)
  })

  test('an administrator reads the outbox and the deliveries; scripts in a mail do not run', async () => {
    const title = 'Ben commented on NDA Acme'
    const message = 'Could we say “two years” in place of three?\n\n<script>alert(1)</script>'
    await ada.request('POST', '/api/notifications/send', {
      recipientId: ada.id,
      type: 'venture.created',
      title,
      message,
      data: { link: '/documents/x' },
    })
    await workspace.node.sequencer.drain()
    await workspace.node.deliveryWorker.deliverDue()
    const page = await workspace.openAs(ada, '/outbox')
    await page.getByRole('button', { name: new RegExp(`^${title}`) }).click()
    const frame = page.frameLocator('iframe.mail-frame')
    await frame.getByText('<script>alert(1)</script>').last().waitFor()
    await frame.getByRole('link', { name: 'Open in SmartStart' }).waitFor()
    expect(await page.locator('iframe.mail-frame').getAttribute('sandbox')).toBe('')
    await screenshot(page, 'outbox-mail')
    await page.getByText('Plain text').click()
    await page.locator('.mail-text', { hasText: 'Could we say' }).waitFor()
    await page.keyboard.press('Escape')
    await screenshot(page, 'outbox')
    await page.goto(`${workspace.url}/deliveries?channel=email`)
    await page.getByRole('list', { name: 'Deliveries' }).getByText('Stored in the outbox').first().waitFor()
    await screenshot(page, 'deliveries')
  })

  test('a mail fits narrow and wide windows and has a light and a dark color scheme', async () => {
    const at = new Date('2027-03-01T10:00:00Z')
    const link = 'https://start.example/documents/x'
    const item = {
      title: 'Ben commented on NDA Acme',
      message: 'Could we say “two years” in place of three? Our lawyers would like that better.',
      link,
      at,
    }
    const longItem = { title: `${'Averylongword'.repeat(12)}`, message: `https://example.org/${'x'.repeat(160)}`, link, at }
    const mailOptions = {
      publicUrl: 'https://start.example',
      why: 'SmartStart sends this to Ada, by the choices in their preferences.',
      unsubscribe: { url: `${link}/stop`, label: 'Stop e-mail about “comment”' },
    }
    const page = await workspace.openSignedOut('/sign-in')
    for (const [name, items] of [
      ['mail', [item]],
      ['mail-digest', [item, { ...item, title: 'Eva suggested a change in Charter', message: '' }, longItem]],
    ] as const) {
      await page.setContent(renderMail({ items, ...mailOptions }).html)
      for (const width of [600, 390, 320]) {
        await page.setViewportSize({ width, height: 700 })
        expect(await page.evaluate(() => document.documentElement.scrollWidth), `${name} ${width}`).toBeLessThanOrEqual(width)
      }
      const readColor = () => page.evaluate(() => getComputedStyle(document.querySelector('h1') as Element).color)
      await page.emulateMedia({ colorScheme: 'light' })
      const lightColor = await readColor()
      await page.emulateMedia({ colorScheme: 'dark' })
      expect(await readColor()).not.toBe(lightColor)
      await screenshot(page, name)
    }
  })

  test('the service worker is registered for the whole site and caches nothing', async () => {
    const page = await workspace.openAs(ada)
    const state = await page.evaluate(async () => {
      const registration = await navigator.serviceWorker.register('/sw.js')
      await navigator.serviceWorker.ready
      return { scope: new URL(registration.scope).pathname, caches: await caches.keys() }
    })
    expect(state).toEqual({ scope: '/', caches: [] })
    // the page does not request permission for notifications by itself
    expect(await page.evaluate(() => Notification.permission)).not.toBe('granted')
  })
})
