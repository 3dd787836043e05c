import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Node } from '../../main.ts'
import { getBrowser, closePages, openPage, signIn } from '../support/browser.ts'
import { registerPerson } from '../support/client.ts'
import { createEmptyDatabase, usesPostgres, startNode } from '../support/node.ts'
import { getEditor, phoneWindow, screenshot, waitUntilSaved, laptopWindow } from '../support/workspace.ts'

const possible = usesPostgres && process.env.TEST_REDIS_URL !== undefined
const missing = possible ? undefined : 'there is no PostgreSQL and Redis to have two nodes on'
const browser = await getBrowser('two browsers on two nodes', missing)
describe.skipIf(!browser)('two browsers on two nodes', { timeout: 90_000 }, () => {
  let nodes: [Node, Node]
  let remove: () => Promise<void>
  beforeAll(async () => {
    const empty = await createEmptyDatabase()
    remove = empty.remove
    nodes = [await startNode(empty.env), await startNode(empty.env)]
  })
  afterAll(async () => {
    await closePages(browser)
    for (const node of nodes) await node.stop()
    await remove()
  })

  test('show each other’s edits and carets, and a removal on one node closes the document on the other', async () => {
    const ann = await registerPerson(nodes[0].url, 'Ann')
    const ben = await registerPerson(nodes[0].url, 'Ben')
    const { body } = await ann.request('POST', '/api/legal/documents', { title: 'Founders agreement' })
    const member = `/api/documents/${body.documentName}/members/${ben.id}`
    await ann.request('PUT', member, { role: 'editor' })
    const path = `/documents/${body.documentName}`
    const [here, there] = [await openPage(browser, laptopWindow), await openPage(browser, phoneWindow)]
    await signIn(here, nodes[0].url, ann, path)
    await signIn(there, nodes[1].url, ben, path)

    await getEditor(here).click()
    await here.keyboard.type('Ann writes this on the first node. ')
    await getEditor(there).getByText('Ann writes this on the first node.').waitFor()
    await getEditor(there).click()
    await there.keyboard.press('Control+End')
    await there.keyboard.type('Ben writes this on the second.')
    await getEditor(here).getByText('Ben writes this on the second.').waitFor()
    for (const page of [here, there]) await waitUntilSaved(page)
    // the caret of the other person with their name
    await getEditor(here).getByText('Ben', { exact: true }).waitFor({ state: 'attached' })
    await getEditor(there).getByText('Ann', { exact: true }).waitFor({ state: 'attached' })
    await screenshot(here, 'first-node-writing')
    await screenshot(there, 'second-node-writing')

    const removed = await ann.request('DELETE', member)
    expect(removed.body.enforcement).toMatchObject({ nodes: 2, confirmed: 2 })
    await there
      .getByText(/may not open it|no longer/i)
      .first()
      .waitFor()
    await here.keyboard.type(' And nobody else.')
    await waitUntilSaved(here)
    await screenshot(here, 'first-node-after')
    await screenshot(there, 'second-node-removed')
  })
})
