import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { letterOf } from '../../domain/notifications/letter.ts'
import type { Node } from '../../main.ts'
import { startBrowser } from '../support/browser.ts'
import { type Person, register } from '../support/client.ts'
import { emptyNode } from '../support/node.ts'
import { type Receiver, receiver } from '../support/receiver.ts'
import { until } from '../support/until.ts'

const started = await startBrowser()
const browser = 'missing' in started ? undefined : (started as Browser)
if (!browser)
  console.log(`Not tested here: webhooks, mail and deliveries in the workspace, as ${(started as { missing: string }).missing}.`)
/** Where pictures go; none are taken without. */
const pictures = process.env.SCREENSHOTS

describe.skipIf(!browser)('webhooks, mail and deliveries in a browser', { timeout: 120_000 }, () => {
  let node: Node
  let ada: Person
  let service: Receiver
  beforeAll(async () => {
    node = await emptyNode()
    ada = await register(node.url, 'Ada')
    service = await receiver()
  })
  afterAll(async () => {
    await browser?.close()
    await service?.stop()
  })

  async function signedIn({ email, password }: Person, width: number, height: number): Promise<Page> {
    const page = await (await (browser as Browser).newContext({ viewport: { width, height } })).newPage()
    page.setDefaultTimeout(45_000)
    await page.goto(`${node.url}/sign-in`)
    await page.getByLabel('E-mail').fill(email)
    await page.locator('input[type=password]').fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('button', { name: 'New', exact: true }).waitFor()
    return page
  }
  const picture = async (
    page: Page,
    name: string,
    sizes: [number, number][] = [
      [1280, 800],
      [390, 844],
    ],
  ) => {
    if (!pictures) return
    const before = page.viewportSize()
    for (const [width, height] of sizes) {
      await page.setViewportSize({ width, height })
      for (const colorScheme of ['dark', 'light'] as const) {
        await page.emulateMedia({ colorScheme })
        await page.waitForFunction(() => document.getAnimations().every(({ playState }) => playState !== 'running'))
        await page.screenshot({ path: join(pictures, `${name}-${width}-${colorScheme}.png`) })
      }
    }
    if (before) await page.setViewportSize(before)
  }

  test('an owner registers a webhook, has its secret once, tries it, sees its log, sends again', async () => {
    const { body: venture } = await ada.ask('POST', '/api/ventures', { name: 'Lanternfish' })
    const page = await signedIn(ada, 1280, 800)
    await page.getByRole('button', { name: 'Account of Ada' }).click()
    await page.getByRole('menuitem', { name: 'Webhooks' }).click()
    await page.getByLabel('They hear').selectOption({ label: 'Venture: Lanternfish' })
    await page.getByText('No program hears this yet.').waitFor()
    await page.getByRole('button', { name: 'Add' }).click()
    await page.getByLabel('Address').fill('ftp://example.org')
    await page.getByRole('button', { name: 'Register' }).click()
    await page.getByText('takes an address that begins with https://').waitFor()
    await page.getByLabel('Address').fill(`${service.url}/hook`)
    await picture(page, 'webhook-add')
    await page.getByRole('button', { name: 'Register' }).click()
    const secret = page.locator('.secret')
    await secret.waitFor()
    expect(await secret.textContent()).toMatch(/^whsec_/)
    await picture(page, 'webhook-secret')
    await page.getByRole('button', { name: 'I have it' }).click()
    await secret.waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Send a test' }).click()
    const log = page.getByRole('list', { name: 'What it was told' })
    await log.getByText('webhook.test').waitFor()
    await log.getByText('Delivered').waitFor()
    service.answer(500)
    await ada.ask('PATCH', `/api/ventures/${venture.id}`, { name: 'Lanternfish Labs' })
    await log.getByText('It answered 500.').waitFor()
    service.answer(204)
    await log.getByRole('button', { name: /^Send again: webhook.test/ }).click()
    await until(() => service.received.filter(({ json }) => json.type === 'webhook.test').length === 2, 'the test to be sent again')
    await picture(page, 'webhooks')
  })

  test('an administrator reads mail that was kept, and sees what left; nothing in a mail runs', async () => {
    const title = 'Ben commented on NDA Acme'
    const message = 'Could we say “two years” in place of three?\n\n<script>alert(1)</script>'
    await ada.ask('POST', '/api/notifications/send', {
      recipientId: ada.id,
      type: 'venture.created',
      title,
      message,
      data: { link: '/documents/x' },
    })
    await node.relay.settled()
    await node.carrier.carry()
    const page = await signedIn(ada, 1280, 800)
    await page.goto(`${node.url}/outbox`)
    await page.getByRole('button', { name: title }).click()
    const frame = page.frameLocator('iframe.mail-frame')
    await frame.getByText('<script>alert(1)</script>').last().waitFor()
    await frame.getByRole('link', { name: 'Open in SmartStart' }).waitFor()
    expect(await page.locator('iframe.mail-frame').getAttribute('sandbox')).toBe('')
    await picture(page, 'outbox-mail')
    await page.getByText('Plain text').click()
    await page.locator('.mail-text', { hasText: 'Could we say' }).waitFor()
    await page.keyboard.press('Escape')
    await picture(page, 'outbox')
    await page.goto(`${node.url}/deliveries?channel=email`)
    await page.getByRole('list', { name: 'Deliveries' }).getByText('Kept in the outbox').first().waitFor()
    await picture(page, 'deliveries')
  })

  test('a mail holds its form, narrow and wide, light and dark', async () => {
    const at = new Date('2027-03-01T10:00:00Z')
    const link = 'https://start.example/documents/x'
    const one = {
      title: 'Ben commented on NDA Acme',
      message: 'Could we say “two years” in place of three? Our lawyers would like that better.',
      link,
      at,
    }
    const long = { title: `${'Averylongword'.repeat(12)}`, message: `https://example.org/${'x'.repeat(160)}`, link, at }
    const more = {
      publicUrl: 'https://start.example',
      why: 'SmartStart sends this to Ada, by the choices in their preferences.',
      unsubscribe: { url: `${link}/stop`, label: 'Stop e-mail about “comment”' },
    }
    const page = await (await (browser as Browser).newContext()).newPage()
    for (const [name, items] of [
      ['mail', [one]],
      ['mail-digest', [one, { ...one, title: 'Eva suggested a change in Charter', message: '' }, long]],
    ] as const) {
      await page.setContent(letterOf({ items, ...more }).html)
      for (const width of [600, 390, 320]) {
        await page.setViewportSize({ width, height: 700 })
        expect(await page.evaluate(() => document.documentElement.scrollWidth), `${name} ${width}`).toBeLessThanOrEqual(width)
      }
      const ink = () => page.evaluate(() => getComputedStyle(document.querySelector('h1') as Element).color)
      await page.emulateMedia({ colorScheme: 'light' })
      const light = await ink()
      await page.emulateMedia({ colorScheme: 'dark' })
      expect(await ink()).not.toBe(light)
      await picture(page, name, [
        [600, 760],
        [390, 760],
      ])
    }
  })

  test('the service worker shows a push and keeps nothing', async () => {
    const page = await signedIn(ada, 1280, 800)
    const state = await page.evaluate(async () => {
      const registration = await navigator.serviceWorker.register('/sw.js')
      await navigator.serviceWorker.ready
      return { scope: new URL(registration.scope).pathname, caches: await caches.keys() }
    })
    expect(state).toEqual({ scope: '/', caches: [] })
    // nothing asked for leave on its own
    expect(await page.evaluate(() => Notification.permission)).not.toBe('granted')
  })
})
