import { randomUUID } from 'node:crypto'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Node } from '../../main.ts'
import { register } from '../support/client.ts'
import { startBrowser } from '../support/browser.ts'
import { emptyNode } from '../support/node.ts'

const started = await startBrowser()
const browser = 'missing' in started ? undefined : (started as Browser)
if (!browser) console.log(`Not tested here: the workspace, as ${(started as { missing: string }).missing}.`)

describe.skipIf(!browser)('the workspace in a browser', { timeout: 90_000 }, () => {
  let node: Node
  const contexts: BrowserContext[] = []
  beforeAll(async () => {
    node = await emptyNode()
  })
  afterAll(() => browser?.close())

  async function visit(): Promise<Page> {
    const context = await (browser as Browser).newContext({ viewport: { width: 1280, height: 800 } })
    contexts.push(context)
    const page = await context.newPage()
    page.setDefaultTimeout(45_000)
    return page
  }

  async function signIn(email: string, password: string): Promise<Page> {
    const page = await visit()
    await page.goto(`${node.url}/sign-in`)
    await page.getByLabel('E-mail').fill(email)
    await page.locator('input[type=password]').fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('button', { name: 'New', exact: true }).waitFor()
    return page
  }

  const paper = (page: Page) => page.locator('[contenteditable]').first()
  const saved = (page: Page) => page.locator('[data-mark="saved"]').waitFor()

  test('somebody signs up, makes a draft, and writes it with another; what is written offline is kept and merges', async () => {
    const ann = await visit()
    await ann.goto(`${node.url}/sign-up`)
    await ann.getByLabel('Your name').fill('Ann')
    await ann.getByLabel('E-mail').fill(`ann-${randomUUID()}@example.org`)
    await ann.locator('input[type=password]').fill('a good long password')
    await ann.getByRole('button', { name: /create|sign up/i }).click()
    await ann.getByRole('button', { name: 'New', exact: true }).click()
    await ann.getByRole('dialog').getByRole('textbox').first().fill('Founders agreement')
    await ann.getByRole('dialog').locator('button[type=submit]').click()
    await paper(ann).click()
    await ann.keyboard.type('We found a company.')
    await saved(ann)

    const other = await register(node.url, 'Ben')
    await ann.getByRole('button', { name: 'Share' }).click()
    await ann.getByLabel('Ask somebody in').fill('Ben')
    const role = ann.getByLabel('Role to give')
    await role.selectOption('editor')
    await ann.getByLabel('Ask somebody in').click()
    await ann.getByRole('option', { name: /Ben/ }).click()
    await ann.getByRole('list', { name: 'People with access' }).getByText('Ben').waitFor()
    await ann.keyboard.press('Escape')

    const ben = await signIn(other.email, other.password)
    await ben.getByText('Founders agreement').click()
    await paper(ben).getByText('We found a company.').waitFor()
    await saved(ben)

    const context = contexts[0] as BrowserContext
    await context.setOffline(true)
    await ann.getByText('Offline: your changes are kept here').waitFor()
    await paper(ann).click()
    await ann.keyboard.press('Control+End')
    await ann.keyboard.type(' It is ours.')
    await paper(ben).click()
    await ben.keyboard.press('Control+Home')
    await ben.keyboard.type('Today: ')
    await saved(ben)
    await context.setOffline(false)
    await saved(ann)
    for (const page of [ann, ben]) {
      await expect
        .poll(async () => (await paper(page).textContent())?.replace(/Ann|Ben|\u2060/g, ''))
        .toBe('Today: We found a company. It is ours.')
    }
  })

  test('a viewer is told so and cannot write, and can when the role is raised, without a reload', async () => {
    const owner = await register(node.url, 'Olga')
    const viewer = await register(node.url, 'Vic')
    const { body } = await owner.ask('POST', '/api/spaces', { name: 'Notes' })
    const members = `/api/documents/${body.documentName}/members/${viewer.id}`
    await owner.ask('PUT', members, { role: 'viewer' })
    const page = await signIn(viewer.email, viewer.password)
    await page.goto(`${node.url}/documents/${body.documentName}?view=text`)
    await page.getByText('View only').first().waitFor()
    expect(await paper(page).getAttribute('contenteditable')).toBe('false')
    await owner.ask('PUT', members, { role: 'editor' })
    await page.locator('[contenteditable=true]').first().waitFor()
    await owner.ask('DELETE', members)
    await page
      .getByText(/may not open it|no longer/i)
      .first()
      .waitFor()
  })
})
