/** Text from an input method (IME), beside the typing of others. In a browser, with Chromium's own compositions. */
import type { CDPSession, Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import * as Y from 'yjs'
import { createDraft, openDocument, type Person, registerPerson, isSaved } from '../support/client.ts'
import { getBlockText, getRoot, readText, toPlainText, writeParagraphs } from '../support/prose.ts'
import { waitUntil } from '../support/wait-until.ts'
import { describeInBrowser, getEditor, waitUntilSaved } from '../support/workspace.ts'

await describeInBrowser('input methods', (workspace) => {
  let [ann, ben] = [] as unknown as [Person, Person]
  let annsPage: Page
  let cdp: CDPSession
  beforeAll(async () => {
    ann = await registerPerson(workspace.url, 'Ann')
    ben = await registerPerson(workspace.url, 'Ben')
    annsPage = await workspace.openAs(ann)
    cdp = await annsPage.context().newCDPSession(annsPage)
  })

  /** The text of a page, one line for each paragraph. */
  const readPage = (page: Page) =>
    page.locator('.rich-text').evaluate((text) =>
      [...text.children]
        .map((block) => {
          const copy = block.cloneNode(true) as Element
          for (const caret of copy.querySelectorAll('.remote-caret')) caret.remove()
          return (copy.textContent ?? '').replaceAll(/[\u2060\ufeff]/g, '')
        })
        .join('\n'),
    )

  /** Shows a new draft with one paragraph. Returns Ben's copy of it. */
  async function openDraft(text: string) {
    const name = await createDraft(ann)
    await ann.request('PUT', `/api/documents/${name}/members/${ben.id}`, { role: 'editor' })
    const live = await openDocument(workspace.url, name, ben.token)
    writeParagraphs(live.document, text)
    await waitUntil(() => isSaved(live), 'the text to be saved')
    await annsPage.goto(`${workspace.url}/documents/${name}`)
    await expect.poll(() => readPage(annsPage)).toBe(text)
    await waitUntilSaved(annsPage)
    return live
  }

  const compose = (text: string) => cdp.send('Input.imeSetComposition', { text, selectionStart: text.length, selectionEnd: text.length })

  interface Situation {
    title: string
    text: string
    /** How many characters the composition is after the start; absent: at the end. */
    at?: number
    /** What the other person does during the composition. */
    change: (document: Y.Doc) => void
    expected: string[]
  }
  const insertZ = (index: number) => (document: Y.Doc) => getBlockText(document, 0).insert(index, 'Z')

  /** As an editor splits a paragraph: the end of its text moves to a new one. */
  function splitParagraph(document: Y.Doc) {
    const text = getBlockText(document, 0)
    const paragraph = new Y.XmlElement('paragraph')
    paragraph.insert(0, [new Y.XmlText(toPlainText(text).slice(0, 1))])
    document.transact(() => {
      getRoot(document).insert(0, [paragraph])
      text.delete(0, 1)
    })
  }
  const situations: Situation[] = [
    { title: 'at the end of the paragraph', text: 'ab cd', at: 2, change: insertZ(5), expected: ['ab你好 cdZ'] },
    { title: 'at the place of the composition', text: 'ab', change: insertZ(2), expected: ['ab你好Z', 'abZ你好'] },
    { title: 'before the composition', text: 'ab', change: insertZ(1), expected: ['aZb你好'] },
    { title: 'in the same empty paragraph', text: '', change: insertZ(0), expected: ['Z你好', '你好Z'] },
    { title: 'that splits the paragraph', text: 'ab cd', change: splitParagraph, expected: ['a\nb cd你好'] },
    {
      title: 'that makes the words before it bold',
      text: 'ab cd',
      change: (document) => getBlockText(document, 0).format(0, 5, { bold: {} }),
      expected: ['ab cd你好'],
    },
  ]
  test.each(situations)('a composition leaves what was composed beside somebody else’s change $title', async (situation) => {
    const live = await openDraft(situation.text)
    await getEditor(annsPage).click()
    await annsPage.keyboard.press(situation.at === undefined ? 'Control+End' : 'Control+Home')
    for (let step = 0; step < (situation.at ?? 0); step++) await annsPage.keyboard.press('ArrowRight')
    await compose('n')
    await compose('ni')
    await expect.poll(() => readPage(annsPage)).toContain('ni')
    situation.change(live.document)
    await waitUntil(() => isSaved(live), 'the change to be saved')
    await compose('nih')
    await compose('niha')
    await expect.poll(() => readPage(annsPage)).toContain('niha')
    await compose('nihao')
    await cdp.send('Input.insertText', { text: '你好' })
    await expect.poll(() => readText(live.document)).toBeOneOf(situation.expected)
    const text = readText(live.document)
    await expect.poll(() => readPage(annsPage)).toBe(text)
    // Typing goes on at the caret.
    await annsPage.keyboard.type('!')
    await expect.poll(() => readText(live.document)).toContain('你好!')
    live.close()
  })

  test('a word that is corrected while suggesting is struck once and inserted once', async () => {
    const live = await openDraft('teh party')
    await annsPage.getByRole('switch', { name: 'Suggesting' }).click()
    await getEditor(annsPage).click()
    await annsPage.keyboard.press('Control+Home')
    for (let step = 0; step < 3; step++) await annsPage.keyboard.press('ArrowRight')
    const whole = { replacementStart: 0, replacementEnd: 3 }
    await cdp.send('Input.imeSetComposition', { text: 'the', selectionStart: 3, selectionEnd: 3, ...whole })
    await cdp.send('Input.insertText', { text: 'the' })
    await expect.poll(() => getBlockText(live.document, 0).toString()).toContain('insertion')
    const parts = getBlockText(live.document, 0).toDelta() as { insert: string; attributes?: object }[]
    const has = (part: { attributes?: object }, name: string) => Object.keys(part.attributes ?? {}).some((key) => key.startsWith(name))
    const withoutPart = (name: string) => parts.filter((part) => !has(part, name)).map(({ insert }) => insert)
    expect(withoutPart('deletion').join('')).toBe('the party')
    expect(withoutPart('insertion').join('')).toBe('teh party')
    live.close()
  })
})
