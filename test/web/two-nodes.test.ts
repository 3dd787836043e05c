import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Node } from '../../main.ts'
import { startBrowser } from '../support/browser.ts'
import { type Person, register } from '../support/client.ts'
import { emptyDatabase, onPostgres, ownNode } from '../support/node.ts'

const possible = onPostgres && process.env.TEST_REDIS_URL !== undefined
const started = possible ? await startBrowser() : { missing: 'there is no PostgreSQL and Redis to have two nodes on' }
const browser = 'missing' in started ? undefined : (started as Browser)
if (!browser) console.log(`Not tested here: two browsers on two nodes, as ${(started as { missing: string }).missing}.`)
/** Where pictures go; none are taken without. */
const pictures = process.env.SCREENSHOTS

describe.skipIf(!browser)('two browsers on two nodes', { timeout: 90_000 }, () => {
  let nodes: [Node, Node]
  let remove: () => Promise<void>
  beforeAll(async () => {
    const empty = await emptyDatabase()
    remove = empty.remove
    nodes = [await ownNode(empty.env), await ownNode(empty.env)]
  })
  afterAll(async () => {
    await browser?.close()
    for (const node of nodes) await node.stop()
    await remove()
  })

  async function signedIn(
    node: Node,
    { email, password }: Person,
    viewport: { width: number; height: number },
    colorScheme: 'light' | 'dark',
  ) {
    const page = await (await (browser as Browser).newContext({ viewport, colorScheme })).newPage()
    page.setDefaultTimeout(45_000)
    await page.goto(`${node.url}/sign-in`)
    await page.getByLabel('E-mail').fill(email)
    await page.locator('input[type=password]').fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('button', { name: 'New', exact: true }).waitFor()
    return page
  }

  const paper = (page: Page) => page.locator('[contenteditable]').first()
  const picture = async (page: Page, name: string) => {
    if (pictures) await page.screenshot({ path: join(pictures, `${name}.png`) })
  }

  test('they see each other write and point, and one who is removed on the one node is shut out on the other', async () => {
    const ann = await register(nodes[0].url, 'Ann')
    const ben = await register(nodes[0].url, 'Ben')
    const { body } = await ann.ask('POST', '/api/legal/documents', { title: 'Founders agreement' })
    const member = `/api/documents/${body.documentName}/members/${ben.id}`
    await ann.ask('PUT', member, { role: 'editor' })
    const here = await signedIn(nodes[0], ann, { width: 1280, height: 800 }, 'light')
    const there = await signedIn(nodes[1], ben, { width: 390, height: 844 }, 'dark')
    for (const [page, node] of [
      [here, nodes[0]],
      [there, nodes[1]],
    ] as const)
      await page.goto(`${node.url}/documents/${body.documentName}`)

    await paper(here).click()
    await here.keyboard.type('Ann writes this on the first node. ')
    await paper(there).getByText('Ann writes this on the first node.').waitFor()
    await paper(there).click()
    await there.keyboard.press('Control+End')
    await there.keyboard.type('Ben writes this on the second.')
    await paper(here).getByText('Ben writes this on the second.').waitFor()
    for (const page of [here, there]) await page.locator('[data-mark="saved"]').waitFor()
    // the other's caret, with their name
    await paper(here).getByText('Ben', { exact: true }).waitFor({ state: 'attached' })
    await paper(there).getByText('Ann', { exact: true }).waitFor({ state: 'attached' })
    await picture(here, 'first-node-writing')
    await picture(there, 'second-node-writing')

    const removed = await ann.ask('DELETE', member)
    expect(removed.body.enforcement).toMatchObject({ nodes: 2, confirmed: 2 })
    await there
      .getByText(/may not open it|no longer/i)
      .first()
      .waitFor()
    await here.keyboard.type(' And nobody else.')
    await here.locator('[data-mark="saved"]').waitFor()
    await picture(here, 'first-node-after')
    await picture(there, 'second-node-removed')
  })
})
