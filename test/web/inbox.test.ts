import type { Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import { registerWelcomedPerson } from '../support/builders.ts'
import { type Person, registerPerson } from '../support/client.ts'
import { describeInBrowser, getEditor, phoneWindow, screenshot, selectWord, waitUntilSaved, laptopWindow } from '../support/workspace.ts'

await describeInBrowser('the inbox in the workspace', (workspace) => {
  let admin: Person
  beforeAll(async () => {
    admin = await registerPerson(workspace.url, 'Admin')
  })

  /** Registers a person whose inbox has nothing unread. */
  async function newcomer(name: string): Promise<Person> {
    const person = await registerWelcomedPerson(workspace.url, name)
    await person.request('PUT', '/api/notifications/read-all')
    return person
  }
  /** Opens a page and resolves when its event subscription is ready. The page shows no earlier events as new. */
  async function openListening(person: Person, path = '/', options = laptopWindow): Promise<Page> {
    let listening: Promise<void> | undefined
    const page = await workspace.openAs(person, path, options, (opening) => {
      listening = untilListening(opening)
    })
    await listening
    return page
  }
  const untilListening = (page: Page) =>
    new Promise<void>((resolve) => {
      page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => String(payload).includes('"welcome"') && resolve()))
    })
  const view = (page: Page, name: string) => page.locator('.inbox-view-switch').getByText(name, { exact: true }).click()
  const line = (page: Page, words: string | RegExp) => page.locator('.inbox-item', { hasText: words })

  test('notifications arrive live, are grouped, open at their text, and can be read, snoozed and archived', async () => {
    const [ann, ben] = [await newcomer('Ann'), await newcomer('Ben')]
    const { body } = await ann.request('POST', '/api/legal/documents', { title: 'NDA Acme' })
    const name: string = body.documentName
    const here = await workspace.openAs(ann, `/documents/${name}`)
    await getEditor(here).click()
    await here.keyboard.type('Both sides keep it secret for three years.')
    await waitUntilSaved(here)
    await here.goto(`${workspace.url}/inbox`)
    const there = await openListening(ben, '/', phoneWindow)

    await there.getByRole('link', { name: 'Inbox, nothing unread' }).waitFor()
    await ann.request('PUT', `/api/documents/${name}/members/${ben.id}`, { role: 'commenter' })
    await there.getByRole('link', { name: 'Inbox, 1 unread' }).click()
    await line(there, 'Ann shared NDA Acme with you').waitFor()
    await screenshot(there, 'inbox-shared-narrow')
    await line(there, 'Ann shared NDA Acme').getByRole('button').first().click()
    await there.getByText('Both sides keep it secret').waitFor()
    await there.getByRole('button', { name: 'Notifications: inbox, nothing unread' }).waitFor()
    await screenshot(there, 'document-bell-narrow')

    // Ben comments on text in the open document
    await selectWord(there, getEditor(there).getByText('Both sides'))
    await there.getByRole('toolbar', { name: 'Chosen words' }).getByRole('button', { name: 'Comment' }).click()
    await there.getByLabel('Comment').fill('Is three enough?')
    await there.getByRole('button', { name: 'Comment' }).last().click()
    await here.getByRole('link', { name: 'Inbox, 1 unread' }).waitFor()
    await line(here, 'Ben commented on NDA Acme').waitFor()
    const threads = (await ann.request('GET', `/api/documents/${name}/comments`)).body.items
    for (const text of ['I mean years.', 'Or two?'])
      await ben.request('POST', `/api/documents/${name}/comments/${threads[0].id}/replies`, { text })
    await line(here, '3 comments in NDA Acme').waitFor()
    await admin.request('POST', '/api/notifications/send', {
      recipientId: ann.id,
      type: 'system.maintenance',
      title: 'SmartStart rests tonight',
      message: 'From 22:00 to 22:10 UTC nothing can be written.',
    })
    await line(here, 'SmartStart rests tonight').waitFor()
    await here.getByRole('link', { name: 'Inbox, 4 unread' }).waitFor()
    await screenshot(here, 'inbox-wide')
    await here.setViewportSize({ width: 390, height: 844 })
    await screenshot(here, 'inbox-narrow')
    await here.setViewportSize({ width: 1280, height: 800 })

    // by keyboard: move down to the comments and open them
    await here.locator('main').focus()
    await here.keyboard.press('j')
    await here.keyboard.press('j')
    await expect.poll(() => here.evaluate(() => document.activeElement?.textContent)).toContain('3 comments')
    await here.keyboard.press('Enter')
    await here
      .locator('article.thread[data-active], section.thread[data-active], .thread[data-active]')
      .getByText('Is three enough?')
      .waitFor()
    await here.locator('[contenteditable] .comment-highlight').first().waitFor()
    await here.waitForURL(`**/documents/${name}`)
    await screenshot(here, 'opened-at-words-wide')
    await here.getByRole('button', { name: 'Notifications: inbox, 1 unread' }).click()
    await here.getByRole('menuitem', { name: 'Inbox · 1 unread' }).waitFor()
    await screenshot(here, 'document-bell-wide')
    await here.getByRole('menuitemradio', { name: /Only my name/ }).click()
    await expect.poll(async () => (await ann.request('GET', `/api/subjects/${name}/watch`)).body.level).toBe('muted')
    await here.getByRole('menuitem', { name: 'Inbox · 1 unread' }).click()

    await line(here, 'SmartStart rests tonight')
      .getByRole('button', { name: /^Snooze:/ })
      .click()
    await screenshot(here, 'snooze-wide')
    await here.getByRole('menuitem', { name: /^Tomorrow morning/ }).click()
    await line(here, 'SmartStart rests tonight').waitFor({ state: 'detached' })
    await here.getByRole('link', { name: 'Inbox, nothing unread' }).waitFor()
    await view(here, 'Snoozed')
    await line(here, 'SmartStart rests tonight')
      .getByRole('button', { name: /^Bring back:/ })
      .click()
    await here.getByText('Nothing is put off.').waitFor()
    await view(here, 'All')
    await line(here, '3 comments in NDA Acme')
      .getByRole('button', { name: /^Archive:/ })
      .click()
    await line(here, '3 comments in NDA Acme').waitFor({ state: 'detached' })
    await view(here, 'Archived')
    await expect.poll(() => here.locator('.inbox-item').count()).toBe(3)
    await line(here, 'Or two?')
      .getByRole('button', { name: /^Back into the inbox:/ })
      .click()
    await expect.poll(() => here.locator('.inbox-item').count()).toBe(2)

    // a person who loses access no longer sees notifications of the document
    await there.goto(`${workspace.url}/inbox`)
    await line(there, 'Ann shared NDA Acme').waitFor()
    await ann.request('DELETE', `/api/documents/${name}/members/${ben.id}`)
    await line(there, 'Your access to NDA Acme has ended').waitFor()
    await line(there, 'Ann shared NDA Acme').waitFor({ state: 'detached' })
  })

  test('a notification appears in the corner, and is hidden while a person types under it', async () => {
    const ann = await newcomer('Ann')
    const tell = (title: string) =>
      admin.request('POST', '/api/notifications/send', {
        recipientId: ann.id,
        type: 'general',
        title,
        message: 'Look',
        data: { link: '/inbox' },
      })
    const page = await openListening(ann, '/', phoneWindow)
    const corner = page.locator('.mantine-Notifications-root')
    await tell('First news')
    await corner.getByText('First news').waitFor()
    await screenshot(page, 'told-narrow')
    await corner.getByText('First news').click()
    await page.waitForURL('**/inbox')
    const listening = untilListening(page)
    await page.goto(workspace.url)
    await page.getByRole('link', { name: 'Inbox, 1 unread' }).waitFor()
    await listening
    const search = page.getByLabel('Search by title')
    // place a field under the corner
    await search.evaluate((field) => Object.assign(field.style, { position: 'fixed', top: '8px', left: '8px', zIndex: '1' }))
    await search.focus()
    await tell('Second news')
    await page.getByRole('link', { name: 'Inbox, 2 unread' }).waitFor()
    await page.keyboard.type('typing on')
    expect(await corner.getByText('Second news').count()).toBe(0)
    await search.blur()
    await corner.getByText('Second news').waitFor()
    await search.focus()
    await page.keyboard.type('!')
    await corner.getByText('Second news').waitFor({ state: 'detached' })
  })

  test('notification preferences are saved as they are selected', async () => {
    const ann = await newcomer('Ann')
    await ann.request('PUT', `/api/subjects/${(await ann.request('POST', '/api/spaces', { name: 'Kitchen' })).body.documentName}/watch`, {
      level: 'muted',
    })
    const preferences = async () => (await ann.request('GET', '/api/notifications/preferences')).body
    const page = await workspace.openAs(ann, '/inbox')
    await page.getByRole('link', { name: 'Preferences' }).click()
    await page.getByLabel('Comments: Mail').click()
    await expect.poll(async () => (await preferences()).categories.comment).toEqual({ in_app: true, email: false, push: false })
    await page.getByLabel('Push, all of it').click({ force: true })
    await page.getByLabel('Keep them').click({ force: true })
    await page.getByLabel('From').fill('21:30')
    await page.getByLabel('From').blur()
    await expect.poll(async () => (await preferences()).quietHours).toEqual({ enabled: true, from: '21:30', to: '08:00' })
    await page.getByRole('combobox', { name: 'Time zone' }).fill('Vienna')
    await page.getByRole('option', { name: 'Europe/Vienna' }).click()
    await expect.poll(async () => (await preferences()).timeZone).toBe('Europe/Vienna')
    await page.getByRole('combobox', { name: 'Mail' }).click()
    await page.getByRole('option', { name: 'Every week' }).click()
    await page.getByLabel('At').fill('07:15')
    await page.getByLabel('At').blur()
    await expect.poll(async () => (await preferences()).digests.email).toEqual({ every: 'weekly', at: '07:15', on: 1 })
    await page.getByRole('combobox', { name: 'What I hear of Kitchen' }).click()
    await page.getByRole('option', { name: 'As usual' }).click()
    await page.getByText('You hear everything of what is yours').waitFor()
    await screenshot(page, 'preferences')
  })

  test('turning push on requests permission and saves the subscription; turning it off removes it', async () => {
    const ann = await newcomer('Ann')
    const endpoint = 'https://push.example.org/of-this-browser'
    // replace the browser's external push service, which a test cannot reach
    const replacePushService = (page: Page) =>
      page.addInitScript((where) => {
        let made: object | null = null
        const asked = window as unknown as { asked: number }
        asked.asked = 0
        Notification.requestPermission = async () => {
          asked.asked++
          Object.defineProperty(Notification, 'permission', { value: 'granted', configurable: true })
          return 'granted'
        }
        Object.defineProperty(Notification, 'permission', { value: 'default', configurable: true })
        PushManager.prototype.getSubscription = async () => made as PushSubscription | null
        PushManager.prototype.subscribe = async () =>
          (made = {
            endpoint: where,
            unsubscribe: async () => {
              made = null
              return true
            },
            toJSON: () => ({
              endpoint: where,
              keys: {
                p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
                auth: 'BTBZMqHH6r4Tts7J_aSIgg',
              },
            }),
          }) as unknown as PushSubscription
      }, endpoint)
    const page = await workspace.openAs(ann, '/inbox/preferences', laptopWindow, replacePushService)
    const here = page.getByRole('switch', { name: /^Push in this browser/ })
    await page.getByText('Off: nothing reaches this browser').waitFor()
    expect(await page.evaluate(() => (window as unknown as { asked: number }).asked)).toBe(0)
    const kept = page.waitForResponse((answer) => answer.url().endsWith('/api/push/subscriptions') && answer.request().method() === 'POST')
    await here.click({ force: true })
    expect((await kept).status()).toBe(201)
    await page.getByText('On: what you chose above').waitFor()
    await expect.poll(async () => (await ann.request('GET', '/api/notifications/preferences')).body.channels.push).toBe(true)
    const forgotten = page.waitForResponse((answer) => answer.request().method() === 'DELETE')
    await here.click({ force: true })
    expect((await forgotten).status()).toBe(204)
    await page.getByText('Off: nothing reaches this browser').waitFor()
  })
})
