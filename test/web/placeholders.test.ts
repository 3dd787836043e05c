import { afterAll, beforeAll, expect, test } from 'vitest'
import * as Y from 'yjs'
import { createDraft, type OpenDocument, openDocument, type Person, registerPerson, isSaved } from '../support/client.ts'
import { getBlockText, getRoot, writeParagraphs } from '../support/prose.ts'
import { waitUntil } from '../support/wait-until.ts'
import { describeInBrowser, screenshot, waitUntilSaved } from '../support/workspace.ts'

await describeInBrowser('unsupported content in the workspace', (workspace) => {
  let ann: Person
  let vic: Person
  let editor: OpenDocument
  let name: string
  beforeAll(async () => {
    ann = await registerPerson(workspace.url, 'Ann')
    vic = await registerPerson(workspace.url, 'Vic')
    name = await createDraft(ann)
    await ann.request('PUT', `/api/documents/${name}/members/${vic.id}`, { role: 'viewer' })
    editor = await openDocument(workspace.url, name, ann.token)
    writeParagraphs(editor.document, 'This agreement is between the founders.', 'Each of them signs it.', 'Done.')
    const image = new Y.XmlElement('image')
    image.setAttribute('src', 'https://example.org/plan.png')
    const callout = new Y.XmlElement('callout')
    callout.setAttribute('tone', 'warm')
    const innerParagraph = new Y.XmlElement('paragraph')
    innerParagraph.insert(0, [
      new Y.XmlText('Founders who leave within a year return their shares to the others at the price that they paid.'),
    ])
    callout.insert(0, [innerParagraph])
    getRoot(editor.document).insert(1, [image, callout])
    const mention = new Y.XmlElement('mention')
    mention.setAttribute('id', 'vic')
    ;(getRoot(editor.document).get(3) as Y.XmlElement).insert(1, [mention, new Y.XmlText(' asks for it.')])
    getBlockText(editor.document, 0).format(5, 9, { highlight: { color: 'yellow' } })
    await waitUntil(() => isSaved(editor), 'the text to be saved')
  })
  afterAll(() => editor.close())

  async function openDraft(person: Person) {
    const page = await workspace.openAs(person, `/documents/${name}`)
    await page.getByText('Unsupported block: image').waitFor()
    return page
  }

  test('is shown as placeholders at all widths and color schemes, and a viewer changes nothing', async () => {
    const xmlBefore = getRoot(editor.document).toString()
    const page = await openDraft(vic)
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const width of [1280, 390]) {
        await page.emulateMedia({ colorScheme })
        await page.setViewportSize({ width, height: 844 })
        for (const text of ['Unsupported block: callout', 'return their shares', 'Unsupported content: mention'])
          await page.locator('.rich-text').getByText(text).first().waitFor()
        await page.locator('.unsupported-mark', { hasText: 'agreement' }).waitFor()
        await page.locator('.rich-text p').first().click()
        await page.getByText('Unsupported block: image').click()
        expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
        await screenshot(page, 'placeholders')
      }
    }
    await page.close()
    const reader = await openDocument(workspace.url, name, ann.token)
    expect(getRoot(reader.document).toString()).toBe(xmlBefore)
    reader.close()
  })

  test('can be deleted by an editor, and the rest does not change', async () => {
    const page = await openDraft(ann)
    const callout = getRoot(editor.document).get(2).toString()
    await page.getByText('Unsupported block: image').click()
    await page.keyboard.press('Backspace')
    await waitUntilSaved(page)
    await waitUntil(() => !getRoot(editor.document).toString().includes('<image'), 'the image to be removed')
    expect(getRoot(editor.document).get(1).toString()).toBe(callout)
    expect(getRoot(editor.document).toString()).toContain('<mention id="vic">')
  })
})
