import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { type Person, registerPerson } from '../support/client.ts'
import { waitUntil } from '../support/wait-until.ts'
import { describeInBrowser, phoneWindow, screenshot } from '../support/workspace.ts'

await describeInBrowser('conversations in the workspace', (workspace) => {
  const { openAs } = workspace
  /** A space by Ann in which Ben is a commenter. */
  async function createTeam() {
    const [ann, ben] = [await registerPerson(workspace.url, 'Ann'), await registerPerson(workspace.url, 'Ben')]
    const { body: space } = await ann.request('POST', '/api/spaces', { name: 'Lanternfish' })
    await ann.request('PUT', `/api/spaces/${space.id}/members/${ben.id}`, { role: 'commenter' })
    return { ann, ben, space: space.id as string }
  }
  const openConversation = async (person: Person, id: string) => {
    const page = await openAs(person, `/conversations/${id}`)
    await page.getByRole('log', { name: 'Messages' }).waitFor()
    return page
  }
  const getMessage = (page: Page, text: string) => page.locator('.message-row', { hasText: text })
  const clickMessageButton = async (page: Page, text: string, name: RegExp | string) => {
    await getMessage(page, text).hover()
    await getMessage(page, text).getByRole('button', { name }).click()
  }

  test('two people send, mention, react, reply, edit and delete live in one conversation', async () => {
    const { ann, ben, space } = await createTeam()
    const [annsPage, bensPage] = await Promise.all([openConversation(ann, space), openAs(ben, '/', phoneWindow)])
    await annsPage.getByText('Nobody has said anything yet').waitFor()
    await bensPage.getByRole('link', { name: /^Conversations/ }).waitFor()

    // Ben sees the number of new messages on another page
    const field = annsPage.getByRole('textbox', { name: 'Message #general' })
    await field.fill('Hello <b>all</b>')
    await field.press('Shift+Enter')
    await field.pressSequentially('and @be')
    await annsPage.getByRole('option', { name: 'Ben' }).waitFor()
    await field.press('Enter')
    await field.press('Enter')
    await getMessage(annsPage, 'Hello <b>all</b>').waitFor()
    expect(await field.inputValue()).toBe('')
    await getMessage(annsPage, '@Ben').locator('.mention').waitFor()
    await bensPage.getByRole('link', { name: 'Conversations, 1 with something new' }).click()
    await bensPage.getByRole('link', { name: 'general, 1 new, you are mentioned' }).waitFor()
    await screenshot(bensPage, 'conversations-narrow')
    await bensPage.getByRole('link', { name: /^general/ }).click()
    await getMessage(bensPage, 'Hello <b>all</b>').waitFor()
    expect(await getMessage(bensPage, 'Hello').locator('b').count()).toBe(0)
    await annsPage.getByRole('button', { name: '2 people here: Ann, Ben' }).waitFor()
    await bensPage.getByRole('button', { name: '2 people here: Ben, Ann' }).waitFor()
    await waitUntil(async () => (await ben.request('GET', `/api/conversations/${space}`)).body.unread === 0, 'the messages to be read')

    // Ben replies and Ann reacts
    const bensField = bensPage.getByRole('textbox', { name: 'Message #general' })
    await bensField.pressSequentially('Good')
    await annsPage.getByText('Ben is typing…').waitFor()
    await screenshot(annsPage, 'typing-wide')
    await bensField.fill('Good morning')
    await bensField.press('Enter')
    await getMessage(annsPage, 'Good morning').waitFor()
    await annsPage.getByText('Ben is typing…').waitFor({ state: 'detached' })
    await clickMessageButton(annsPage, 'Good morning', 'React to Ben')
    await annsPage.getByRole('menuitem', { name: '🎉' }).click()
    await getMessage(bensPage, 'Good morning').getByRole('button', { name: '🎉 1: Ann' }).waitFor()

    // a thread opens beside the messages in the wide window and over them in the narrow one
    await clickMessageButton(annsPage, 'Good morning', 'Reply to Ben')
    const reply = annsPage.getByRole('textbox', { name: 'Reply' })
    await reply.fill('How was the trip?')
    await reply.press('Enter')
    await annsPage.getByRole('log', { name: 'Replies' }).getByText('How was the trip?').waitFor()
    await getMessage(bensPage, 'Good morning').getByRole('button', { name: '1 reply' }).click()
    await bensPage.getByRole('log', { name: 'Replies' }).getByText('How was the trip?').waitFor()
    await screenshot(annsPage, 'thread-wide')
    await screenshot(bensPage, 'thread-narrow')
    await bensPage.getByRole('button', { name: 'Close thread' }).click()
    expect(await annsPage.getByRole('log', { name: 'Messages' }).getByText('How was the trip?').count()).toBe(0)

    // Ann edits a message, then Ben deletes one
    const getMainLog = (page: Page) => page.getByRole('log', { name: 'Messages' })
    await getMainLog(annsPage).locator('.message-row', { hasText: 'Hello' }).hover()
    await getMainLog(annsPage).getByRole('button', { name: 'More on what you said' }).click()
    await annsPage.getByRole('menuitem', { name: 'Edit' }).click()
    await annsPage.getByRole('textbox', { name: 'What you say' }).fill('Hello everybody')
    await annsPage.getByRole('button', { name: 'Save' }).click()
    await getMessage(bensPage, 'Hello everybody').getByText('(edited)').waitFor()
    await screenshot(bensPage, 'talk-narrow')
    await clickMessageButton(bensPage, 'Good morning', 'More on what you said')
    await bensPage.getByRole('menuitem', { name: 'Delete' }).click()
    await bensPage.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await getMainLog(annsPage).getByText('This message was deleted.').waitFor()
    await waitUntil(async () => (await getMainLog(annsPage).getByText('Good morning').count()) === 0, 'the deleted text to disappear')
    await getMainLog(annsPage).getByRole('button', { name: '1 reply' }).waitFor()
    await bensPage.goto(workspace.url)
    await annsPage.getByRole('button', { name: 'Only you are here' }).waitFor()
  })

  test('a long conversation loads older messages, keeps the scroll position and marks new messages', async () => {
    const { ann, ben, space } = await createTeam()
    for (let n = 1; n <= 60; n++)
      await (n % 3 ? ann : ben).request('POST', `/api/conversations/${space}/messages`, {
        text: `Number ${n}: ${'words that fill the line and go on for a while '.repeat((n % 3) + 1)}`,
        ...(n % 20 === 0 && { kind: n % 40 === 0 ? 'CELEBRATION' : 'QUESTION' }),
      })
    await ann.request('POST', `/api/conversations/${space}/messages`, { text: 'We move on Friday.', kind: 'ANNOUNCEMENT' })
    const page = await openConversation(ben, space)
    await getMessage(page, 'We move on Friday').waitFor()
    await page.getByText('Today', { exact: true }).waitFor()
    await page.locator('[data-new]').waitFor({ state: 'attached' })
    await screenshot(page, 'talk-wide')
    const log = page.getByRole('log', { name: 'Messages' })
    expect(await getMessage(page, 'Number 5:').count()).toBe(0)
    await page.getByRole('button', { name: 'Older messages' }).scrollIntoViewIfNeeded()
    const oldMessage = getMessage(page, 'Number 25:')
    await oldMessage.scrollIntoViewIfNeeded()
    await page.getByRole('button', { name: 'Older messages' }).click()
    await getMessage(page, 'Number 5:').waitFor({ state: 'attached' })
    await getMessage(page, 'Number 1:').scrollIntoViewIfNeeded()
    expect(await page.getByRole('button', { name: 'Older messages' }).count()).toBe(0)
    // a new message does not scroll a person who reads older messages, and stays unread
    await ann.request('POST', `/api/conversations/${space}/messages`, { text: 'Are you there?' })
    await getMessage(page, 'Are you there?').waitFor({ state: 'attached' })
    expect(await log.evaluate((box) => box.scrollTop)).toBeLessThan(-500)
    await page.getByRole('button', { name: 'To the new messages' }).click()
    await waitUntil(async () => (await ben.request('GET', `/api/conversations/${space}`)).body.unread === 0, 'the messages to be read')
    await page.getByRole('button', { name: 'To the new messages' }).waitFor({ state: 'detached' })

    // a search result opens at its message, and newer messages stay unread
    await page.goto(`${workspace.url}/conversations`)
    await ann.request('POST', `/api/conversations/${space}/messages`, { text: 'Still there?' })
    await page.getByRole('searchbox', { name: 'Search in messages' }).fill('Number 2')
    await page.getByRole('link', { name: /Number 2:/ }).click()
    const foundMessage = page.locator('.message-row[aria-current]', { hasText: 'Number 2:' })
    await waitUntil(
      () =>
        foundMessage.evaluateAll(([element]) => {
          const { top, bottom } = element?.getBoundingClientRect() ?? { top: -1, bottom: 0 }
          return top >= 0 && bottom <= innerHeight
        }),
      'the found message to be in view',
    )
    await screenshot(page, 'found-wide')
    expect((await ben.request('GET', `/api/conversations/${space}`)).body.unread).toBe(1)
    await page.getByRole('button', { name: 'To the new messages' }).click()
    await waitUntil(
      async () => (await ben.request('GET', `/api/conversations/${space}`)).body.unread === 0,
      'the newest message to be read',
    )
  })

  test('a person starts conversations, sends files and finds messages; a removed member loses access', async () => {
    const { ann, ben, space } = await createTeam()
    const page = await openAs(ann, '/conversations')
    await page.getByRole('button', { name: 'New conversation' }).click()
    // other tests also have people with this name
    await page.getByRole('textbox', { name: 'With whom' }).fill(ben.email)
    const foundPerson = page.getByRole('list', { name: 'People' }).getByRole('button', { name: 'Ben' })
    await expect.poll(() => foundPerson.count()).toBe(1)
    await foundPerson.click()
    await screenshot(page, 'new-conversation-wide')
    await page.getByRole('button', { name: 'Begin' }).click()
    const field = page.getByRole('textbox', { name: 'Message Ben' })
    await page
      .locator('input[type=file]')
      .first()
      .setInputFiles({ name: 'figures.csv', mimeType: 'text/csv', buffer: Buffer.from('a,b\n1,2\n') })
    await page.getByRole('list', { name: 'Files to send' }).getByText('figures.csv').waitFor()
    await field.fill('The figures of October')
    await page.getByRole('button', { name: 'Send' }).click()
    await getMessage(page, 'The figures of October')
      .getByRole('button', { name: /figures\.csv/ })
      .waitFor()
    const bensPage = await openAs(ben, '/conversations', phoneWindow)
    await bensPage.getByRole('link', { name: 'Ann, 1 new' }).click()
    const [download] = await Promise.all([
      bensPage.waitForEvent('download'),
      bensPage.getByRole('button', { name: /figures\.csv/ }).click(),
    ])
    expect(download.suggestedFilename()).toBe('figures.csv')

    await page.getByRole('button', { name: 'New conversation' }).click()
    await page.getByText('Channel', { exact: true }).click()
    await page.getByRole('textbox', { name: 'Name' }).fill('launch')
    await page.getByRole('button', { name: 'Begin' }).click()
    await page.getByRole('textbox', { name: 'Message #launch' }).fill('Where October ends')
    await page.keyboard.press('Enter')
    await page.getByRole('searchbox', { name: 'Search in messages' }).fill('octob')
    await page.getByText('2 found').waitFor()
    await screenshot(page, 'search-wide')
    await page.getByRole('link', { name: /The figures of October/ }).click()
    await page.getByRole('textbox', { name: 'Message Ben' }).waitFor()

    await bensPage.goto(`${workspace.url}/conversations/${space}`)
    await bensPage.getByRole('log', { name: 'Messages' }).waitFor()
    await ann.request('DELETE', `/api/spaces/${space}/members/${ben.id}`)
    await bensPage.getByText('There is no such conversation').waitFor()
  })

  test('a message that could not be sent stays visible and is sent once on retry', async () => {
    const { ann, space } = await createTeam()
    const page = await openConversation(ann, space)
    await page.route('**/messages', (route) => (route.request().method() === 'POST' ? route.abort() : route.continue()))
    const field = page.getByRole('textbox', { name: 'Message #general' })
    await field.fill('Kept')
    await field.press('Enter')
    await page.getByText(/^Not sent:/).waitFor()
    await field.fill('Not yet sent')
    await page.unroute('**/messages')
    await page.getByRole('button', { name: 'Send again' }).click()
    await getMessage(page, 'Kept').waitFor()
    expect(await field.inputValue()).toBe('Not yet sent')
    // the unsent text is still there after the person leaves and returns
    await page.getByRole('link', { name: 'SmartStart: your documents' }).click()
    await page.getByRole('link', { name: /^Conversations/ }).click()
    await page.getByRole('link', { name: /^general/ }).click()
    await waitUntil(async () => (await field.inputValue()) === 'Not yet sent', 'the unsent text')
    expect((await ann.request('GET', `/api/conversations/${space}/messages`)).body.items).toHaveLength(1)
  })
})
