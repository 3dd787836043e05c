import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Node } from '../../main.ts'
import { getBrowser, closePages, openPage, signIn } from '../support/browser.ts'
import { registerPerson } from '../support/client.ts'
import { createEmptyDatabase, usesPostgres, startNode } from '../support/node.ts'
import { getEditor, phoneWindow, screenshot, waitUntilSaved, laptopWindow } from '../support/workspace.ts'

const isPossible = usesPostgres && process.env.TEST_REDIS_URL !== undefined
const missingReason = isPossible ? undefined : 'there is no PostgreSQL and Redis to have two nodes on'
const browser = await getBrowser('two browsers on two nodes', missingReason)
describe.skipIf(!browser)('two browsers on two nodes', { timeout: 90_000 }, () => {
  let nodes: [Node, Node]
  let remove: () => Promise<void>
  beforeAll(async () => {
    const database = await createEmptyDatabase()
    remove = database.remove
    nodes = [await startNode(database.env), await startNode(database.env)]
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
    const membershipPath = `/api/documents/${body.documentName}/members/${ben.id}`
    await ann.request('PUT', membershipPath, { role: 'editor' })
    const path = `/documents/${body.documentName}`
    const [annsPage, bensPage] = [await openPage(browser, laptopWindow), await openPage(browser, phoneWindow)]
    await signIn(annsPage, nodes[0].url, ann, path)
    await signIn(bensPage, nodes[1].url, ben, path)

    await getEditor(annsPage).click()
    await annsPage.keyboard.type('Ann writes this on the first node. ')
    await getEditor(bensPage).getByText('Ann writes this on the first node.').waitFor()
    await getEditor(bensPage).click()
    await bensPage.keyboard.press('Control+End')
    await bensPage.keyboard.type('Ben writes this on the second.')
    await getEditor(annsPage).getByText('Ben writes this on the second.').waitFor()
    for (const page of [annsPage, bensPage]) await waitUntilSaved(page)
    // the caret of the other person with their name
    await getEditor(annsPage).getByText('Ben', { exact: true }).waitFor({ state: 'attached' })
    await getEditor(bensPage).getByText('Ann', { exact: true }).waitFor({ state: 'attached' })
    await screenshot(annsPage, 'first-node-writing')
    await screenshot(bensPage, 'second-node-writing')

    const removed = await ann.request('DELETE', membershipPath)
    expect(removed.body.enforcement).toMatchObject({ nodes: 2, confirmed: 2 })
    await bensPage
      .getByText(/may not open it|no longer/i)
      .first()
      .waitFor()
    await annsPage.keyboard.type(' And nobody else.')
    await waitUntilSaved(annsPage)
    await screenshot(annsPage, 'first-node-after')
    await screenshot(bensPage, 'second-node-removed')
  })
})
