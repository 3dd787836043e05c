import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Node } from '../../main.ts'
import { getBrowser, closePages, openPage, signIn } from '../support/browser.ts'
import { registerPerson } from '../support/client.ts'
import { emptyDatabase, onPostgres, ownNode } from '../support/node.ts'
import { editorOf, narrow, screenshot, untilSaved, wide } from '../support/workspace.ts'

const possible = onPostgres && process.env.TEST_REDIS_URL !== undefined
const missing = possible ? undefined : 'there is no PostgreSQL and Redis to have two nodes on'
const browser = await getBrowser('two browsers on two nodes', missing)
describe.skipIf(!browser)('two browsers on two nodes', { timeout: 90_000 }, () => {
  let nodes: [Node, Node]
  let remove: () => Promise<void>
  beforeAll(async () => {
    const empty = await emptyDatabase()
    remove = empty.remove
    nodes = [await ownNode(empty.env), await ownNode(empty.env)]
  })
  afterAll(async () => {
    await closePages(browser)
    for (const node of nodes) await node.stop()
    await remove()
  })

  test('they see each other write and point, and one who is removed on the one node is shut out on the other', async () => {
    const ann = await registerPerson(nodes[0].url, 'Ann')
    const ben = await registerPerson(nodes[0].url, 'Ben')
    const { body } = await ann.request('POST', '/api/legal/documents', { title: 'Founders agreement' })
    const member = `/api/documents/${body.documentName}/members/${ben.id}`
    await ann.request('PUT', member, { role: 'editor' })
    const path = `/documents/${body.documentName}`
    const [here, there] = [await openPage(browser, wide), await openPage(browser, narrow)]
    await signIn(here, nodes[0].url, ann, path)
    await signIn(there, nodes[1].url, ben, path)

    await editorOf(here).click()
    await here.keyboard.type('Ann writes this on the first node. ')
    await editorOf(there).getByText('Ann writes this on the first node.').waitFor()
    await editorOf(there).click()
    await there.keyboard.press('Control+End')
    await there.keyboard.type('Ben writes this on the second.')
    await editorOf(here).getByText('Ben writes this on the second.').waitFor()
    for (const page of [here, there]) await untilSaved(page)
    // the other's caret, with their name
    await editorOf(here).getByText('Ben', { exact: true }).waitFor({ state: 'attached' })
    await editorOf(there).getByText('Ann', { exact: true }).waitFor({ state: 'attached' })
    await screenshot(here, 'first-node-writing')
    await screenshot(there, 'second-node-writing')

    const removed = await ann.request('DELETE', member)
    expect(removed.body.enforcement).toMatchObject({ nodes: 2, confirmed: 2 })
    await there
      .getByText(/may not open it|no longer/i)
      .first()
      .waitFor()
    await here.keyboard.type(' And nobody else.')
    await untilSaved(here)
    await screenshot(here, 'first-node-after')
    await screenshot(there, 'second-node-removed')
  })
})
