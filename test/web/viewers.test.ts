import { expect, test } from 'vitest'
import type * as Y from 'yjs'
import { createDraft, openDocument, type Person, registerPerson, isSaved } from '../support/client.ts'
import { getBlockText, writeParagraphs } from '../support/prose.ts'
import { waitUntil } from '../support/wait-until.ts'
import { describeInBrowser } from '../support/workspace.ts'

await describeInBrowser('a viewer while two people format the same text', (workspace) => {
  test('sees no refused changes, and keeps no data of the document in the browser after losing access', async () => {
    const [ann, ben, vic] = (await Promise.all(['Ann', 'Ben', 'Vic'].map((name) => registerPerson(workspace.url, name)))) as [
      Person,
      Person,
      Person,
    ]
    const name = await createDraft(ann)
    await ann.request('PUT', `/api/documents/${name}/members/${ben.id}`, { role: 'editor' })
    await ann.request('PUT', `/api/documents/${name}/members/${vic.id}`, { role: 'viewer' })
    const annsClient = await openDocument(workspace.url, name, ann.token)
    writeParagraphs(annsClient.document, 'The agreement between the parties')
    await waitUntil(() => isSaved(annsClient), 'the text to be saved')
    const bensClient = await openDocument(workspace.url, name, ben.token)

    const refusalSizes: number[] = []
    const page = await workspace.openAs(vic, `/documents/${name}`, undefined, (openedPage) =>
      openedPage.on('websocket', (socket) =>
        socket.on('framereceived', ({ payload }) => {
          // a refusal ends with the message type SyncStatus (8) and a zero
          if (typeof payload !== 'string' && payload.at(-2) === 8 && payload.at(-1) === 0) refusalSizes.push(payload.length)
        }),
      ),
    )
    await page.locator('.rich-text', { hasText: 'The agreement' }).waitFor()

    const editInBoth = (edit: (text: Y.XmlText) => void) => {
      for (const { document } of [annsClient, bensClient]) edit(getBlockText(document, 0))
      return waitUntil(() => isSaved(annsClient) && isSaved(bensClient), 'both clients to be saved')
    }
    for (const mark of ['bold', 'italic', 'underline']) {
      await editInBoth((text) => text.format(0, text.length, { [mark]: {} }))
      await editInBoth((text) => text.format(4, 9, { [mark]: null }))
      await editInBoth((text) => text.delete(4, 1))
    }
    await editInBoth((text) => text.insert(text.length, ' end.'))
    await page.locator('.rich-text', { hasText: 'end. end.' }).waitFor()
    await page.locator('.rich-text p').click()
    expect(refusalSizes).toEqual([])
    expect(await page.getByText('Some of your changes were not accepted').count()).toBe(0)
    const countStoredData = () =>
      page.evaluate(async (documentName) => {
        const unsent = Object.keys(localStorage).filter((key) => key.startsWith('smartstart:unsent'))
        const databases = (await indexedDB.databases()).filter((database) => database.name?.includes(documentName))
        return { unsent: unsent.length, databases: databases.length }
      }, name)
    expect(await countStoredData()).toEqual({ unsent: 0, databases: 1 })

    await ann.request('DELETE', `/api/documents/${name}/members/${vic.id}`)
    await page.getByText('This document was closed to you').waitFor()
    await expect.poll(countStoredData).toEqual({ unsent: 0, databases: 0 })
    for (const client of [annsClient, bensClient]) client.close()
  })
})
