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
  async function registerPersonWithReadInbox(name: string): Promise<Person> {
    const person = await registerWelcomedPerson(workspace.url, name)
    await person.request('PUT', '/api/notifications/read-all')
    return person
  }
  /** Opens a page and resolves when its event subscription is ready. The page shows no earlier events as new. */
  async function openSubscribed(person: Person, path = '/', options = laptopWindow): Promise<Page> {
    let subscribed: Promise<void> | undefined
    const page = await workspace.openAs(person, path, options, (openedPage) => {
      subscribed = waitForSubscription(openedPage)
    })
    await subscribed
    return page
  }
  const waitForSubscription = (page: Page) =>
    new Promise<void>((resolve) => {
      page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => String(payload).includes('"welcome"') && resolve()))
    })
  const selectView = (page: Page, name: string) => page.locator('.inbox-view-switch').getByText(name, { exact: true }).click()
  const getItem = (page: Page, text: string | RegExp) => page.locator('.inbox-item', { hasText: text })

  test('notifications arrive live, are grouped, open at their text, and can be read, snoozed and archived', async () => {
    const [ann, ben] = [await registerPersonWithReadInbox('Ann'), await registerPersonWithReadInbox('Ben')]
    const { body } = await ann.request('POST', '/api/legal/documents', { title: 'NDA Acme' })
    const name: string = body.documentName
    const annsPage = await workspace.openAs(ann, `/documents/${name}`)
    await getEditor(annsPage).click()
    await annsPage.keyboard.type('Both sides keep it secret for three years.')
    await waitUntilSaved(annsPage)
    await annsPage.goto(`${workspace.url}/inbox`)
    const bensPage = await openSubscribed(ben, '/', phoneWindow)

    await bensPage.getByRole('link', { name: 'Inbox, nothing unread' }).waitFor()
    await ann.request('PUT', `/api/documents/${name}/members/${ben.id}`, { role: 'commenter' })
    await bensPage.getByRole('link', { name: 'Inbox, 1 unread' }).click()
    await getItem(bensPage, 'Ann shared NDA Acme with you').waitFor()
    await screenshot(bensPage, 'inbox-shared-narrow')
    await getItem(bensPage, 'Ann shared NDA Acme').getByRole('button').first().click()
    await bensPage.getByText('Both sides keep it secret').waitFor()
    await bensPage.getByRole('button', { name: 'Notifications: inbox, nothing unread' }).waitFor()
    await screenshot(bensPage, 'document-bell-narrow')

    // Ben comments on text in the open document
    await selectWord(bensPage, getEditor(bensPage).getByText('Both sides'))
    await bensPage.getByRole('toolbar', { name: 'Selected text' }).getByRole('button', { name: 'Comment' }).click()
    await bensPage.getByLabel('Comment').fill('Is three enough?')
    await bensPage.getByRole('button', { name: 'Comment' }).last().click()
    await annsPage.getByRole('link', { name: 'Inbox, 1 unread' }).waitFor()
    await getItem(annsPage, 'Ben commented on NDA Acme').waitFor()
    const threads = (await ann.request('GET', `/api/documents/${name}/comments`)).body.items
    for (const text of ['I mean years.', 'Or two?'])
      await ben.request('POST', `/api/documents/${name}/comments/${threads[0].id}/replies`, { text })
    await getItem(annsPage, '3 comments in NDA Acme').waitFor()
    await admin.request('POST', '/api/notifications/send', {
      recipientId: ann.id,
      type: 'system.maintenance',
      title: 'SmartStart rests tonight',
      message: 'From 22:00 to 22:10 UTC nothing can be written.',
    })
    await getItem(annsPage, 'SmartStart rests tonight').waitFor()
    await annsPage.getByRole('link', { name: 'Inbox, 4 unread' }).waitFor()
    await screenshot(annsPage, 'inbox-wide')
    await annsPage.setViewportSize({ width: 390, height: 844 })
    await screenshot(annsPage, 'inbox-narrow')
    await annsPage.setViewportSize({ width: 1280, height: 800 })

    // by keyboard: move down to the comments and open them
    await annsPage.locator('main').focus()
    await annsPage.keyboard.press('j')
    await annsPage.keyboard.press('j')
    await expect.poll(() => annsPage.evaluate(() => document.activeElement?.textContent)).toContain('3 comments')
    await annsPage.keyboard.press('Enter')
    await annsPage
      .locator('article.thread[data-active], section.thread[data-active], .thread[data-active]')
      .getByText('Is three enough?')
      .waitFor()
    await annsPage.locator('[contenteditable] .comment-highlight').first().waitFor()
    await annsPage.waitForURL(`**/documents/${name}`)
    await screenshot(annsPage, 'opened-at-words-wide')
    await annsPage.getByRole('button', { name: 'Notifications: inbox, 1 unread' }).click()
    await annsPage.getByRole('menuitem', { name: 'Inbox · 1 unread' }).waitFor()
    await screenshot(annsPage, 'document-bell-wide')
    await annsPage.getByRole('menuitemradio', { name: /Only my name/ }).click()
    await expect.poll(async () => (await ann.request('GET', `/api/subjects/${name}/watch`)).body.level).toBe('muted')
    await annsPage.getByRole('menuitem', { name: 'Inbox · 1 unread' }).click()

    await getItem(annsPage, 'SmartStart rests tonight')
      .getByRole('button', { name: /^Snooze:/ })
      .click()
    await screenshot(annsPage, 'snooze-wide')
    await annsPage.getByRole('menuitem', { name: /^Tomorrow morning/ }).click()
    await getItem(annsPage, 'SmartStart rests tonight').waitFor({ state: 'detached' })
    await annsPage.getByRole('link', { name: 'Inbox, nothing unread' }).waitFor()
    await selectView(annsPage, 'Snoozed')
    await getItem(annsPage, 'SmartStart rests tonight')
      .getByRole('button', { name: /^Bring back:/ })
      .click()
    await annsPage.getByText('Nothing is put off.').waitFor()
    await selectView(annsPage, 'All')
    await getItem(annsPage, '3 comments in NDA Acme')
      .getByRole('button', { name: /^Archive:/ })
      .click()
    await getItem(annsPage, '3 comments in NDA Acme').waitFor({ state: 'detached' })
    await selectView(annsPage, 'Archived')
    await expect.poll(() => annsPage.locator('.inbox-item').count()).toBe(3)
    await getItem(annsPage, 'Or two?')
      .getByRole('button', { name: /^Back into the inbox:/ })
      .click()
    await expect.poll(() => annsPage.locator('.inbox-item').count()).toBe(2)

    // a person who loses access no longer sees notifications of the document
    await bensPage.goto(`${workspace.url}/inbox`)
    await getItem(bensPage, 'Ann shared NDA Acme').waitFor()
    await ann.request('DELETE', `/api/documents/${name}/members/${ben.id}`)
    await getItem(bensPage, 'Your access to NDA Acme has ended').waitFor()
    await getItem(bensPage, 'Ann shared NDA Acme').waitFor({ state: 'detached' })
  })

  test('a notification appears in the corner, and is hidden while a person types under it', async () => {
    const ann = await registerPersonWithReadInbox('Ann')
    const sendNotification = (title: string) =>
      admin.request('POST', '/api/notifications/send', {
        recipientId: ann.id,
        type: 'general',
        title,
        message: 'Look',
        data: { link: '/inbox' },
      })
    const page = await openSubscribed(ann, '/', phoneWindow)
    const corner = page.locator('.mantine-Notifications-root')
    await sendNotification('First news')
    await corner.getByText('First news').waitFor()
    await screenshot(page, 'told-narrow')
    await corner.getByText('First news').click()
    await page.waitForURL('**/inbox')
    const subscribed = waitForSubscription(page)
    await page.goto(workspace.url)
    await page.getByRole('link', { name: 'Inbox, 1 unread' }).waitFor()
    await subscribed
    const search = page.getByLabel('Search by title')
    // place a field under the corner
    await search.evaluate((field) => Object.assign(field.style, { position: 'fixed', top: '8px', left: '8px', zIndex: '1' }))
    await search.focus()
    await sendNotification('Second news')
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
    const ann = await registerPersonWithReadInbox('Ann')
    await ann.request('PUT', `/api/subjects/${(await ann.request('POST', '/api/spaces', { name: 'Kitchen' })).body.documentName}/watch`, {
      level: 'muted',
    })
    const readPreferences = async () => (await ann.request('GET', '/api/notifications/preferences')).body
    const page = await workspace.openAs(ann, '/inbox')
    await page.getByRole('link', { name: 'Preferences' }).click()
    await page.getByLabel('Comments: Mail').click()
    await expect.poll(async () => (await readPreferences()).categories.comment).toEqual({ in_app: true, email: false, push: false })
    await page.getByLabel('Push, all of it').click({ force: true })
    await page.getByLabel('Keep them').click({ force: true })
    await page.getByLabel('From').fill('21:30')
    await page.getByLabel('From').blur()
    await expect.poll(async () => (await readPreferences()).quietHours).toEqual({ enabled: true, from: '21:30', to: '08:00' })
    await page.getByRole('combobox', { name: 'Time zone' }).fill('Vienna')
    await page.getByRole('option', { name: 'Europe/Vienna' }).click()
    await expect.poll(async () => (await readPreferences()).timeZone).toBe('Europe/Vienna')
    await page.getByRole('combobox', { name: 'Mail' }).click()
    await page.getByRole('option', { name: 'Every week' }).click()
    await page.getByLabel('At').fill('07:15')
    await page.getByLabel('At').blur()
    await expect.poll(async () => (await readPreferences()).digests.email).toEqual({ every: 'weekly', at: '07:15', on: 1 })
    await page.getByRole('combobox', { name: 'What I hear of Kitchen' }).click()
    await page.getByRole('option', { name: 'As usual' }).click()
    await page.getByText('You hear everything of what is yours').waitFor()
    await screenshot(page, 'preferences')
  })

  test('turning push on requests permission and saves the subscription; turning it off removes it', async () => {
    const ann = await registerPersonWithReadInbox('Ann')
    const endpoint = 'https://push.example.org/of-this-browser'
    // replace the browser's external push service, which a test cannot reach
    const replacePushService = (page: Page) =>
      page.addInitScript((endpointUrl) => {
        let subscription: object | null = null
        const counters = window as unknown as { asked: number }
        counters.asked = 0
        Notification.requestPermission = async () => {
          counters.asked++
          Object.defineProperty(Notification, 'permission', { value: 'granted', configurable: true })
          return 'granted'
        }
        Object.defineProperty(Notification, 'permission', { value: 'default', configurable: true })
        PushManager.prototype.getSubscription = async () => subscription as PushSubscription | null
        PushManager.prototype.subscribe = async () =>
          (subscription = {
            endpoint: endpointUrl,
            unsubscribe: async () => {
              subscription = null
              return true
            },
            toJSON: () => ({
              endpoint: endpointUrl,
              keys: {
                p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
                auth: 'BTBZMqHH6r4Tts7J_aSIgg',
              },
            }),
          }) as unknown as PushSubscription
      }, endpoint)
    const page = await workspace.openAs(ann, '/inbox/preferences', laptopWindow, replacePushService)
    const pushSwitch = page.getByRole('switch', { name: /^Push in this browser/ })
    await page.getByText('Off: nothing reaches this browser').waitFor()
    expect(await page.evaluate(() => (window as unknown as { asked: number }).asked)).toBe(0)
    const savedResponse = page.waitForResponse(
      (response) => response.url().endsWith('/api/push/subscriptions') && response.request().method() === 'POST',
    )
    await pushSwitch.click({ force: true })
    expect((await savedResponse).status()).toBe(201)
    await page.getByText('On: what you chose above').waitFor()
    await expect.poll(async () => (await ann.request('GET', '/api/notifications/preferences')).body.channels.push).toBe(true)
    const deletedResponse = page.waitForResponse((response) => response.request().method() === 'DELETE')
    await pushSwitch.click({ force: true })
    expect((await deletedResponse).status()).toBe(204)
    await page.getByText('Off: nothing reaches this browser').waitFor()
  })
})
