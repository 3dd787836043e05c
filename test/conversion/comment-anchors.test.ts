import type { JSONContent } from '@tiptap/core'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { markComments } from '../../domain/conversion/export/comment-anchors.ts'
import { encodeEnd, encodeStart } from '../../domain/documents/richtext/anchor.ts'
import { contentToUpdate, readContent } from '../../domain/documents/richtext/to-json.ts'
import { suggestedByAnn } from '../support/export-sample.ts'
import { paragraphNode, textNode } from '../support/sample-document.ts'

/** Each text with the threads about it. */
function threadsOf(part: JSONContent): [string, number[]][] {
  if (part.text === undefined) return (part.content ?? []).flatMap(threadsOf)
  return [[part.text, (part.marks?.find(({ type }) => type === 'comment')?.attrs?.threads as number[] | undefined) ?? []]]
}

async function createDocument(...content: JSONContent[]): Promise<Y.Doc> {
  const document = new Y.Doc()
  Y.applyUpdate(document, await contentToUpdate({ type: 'doc', content }))
  return document
}

const textAt = (document: Y.Doc, block: number) => (document.getXmlFragment('default').get(block) as Y.XmlElement).get(0) as Y.XmlText

test('words have the threads that are anchored to them, over several paragraphs and each other', async () => {
  const document = await createDocument(paragraphNode(textNode('one two')), paragraphNode(textNode('three four')))
  const [first, second] = [textAt(document, 0), textAt(document, 1)]
  const across = { anchor: { start: encodeStart(first, 4), end: encodeEnd(second, 5) }, suggestionId: null }
  const within = { anchor: { start: encodeStart(first, 5), end: encodeEnd(first, 6) }, suggestionId: null }
  const whole = { anchor: null, suggestionId: null }
  const marked = markComments(await readContent(document), document, [across, within, whole])
  expect(threadsOf(marked)).toEqual([
    ['one ', []],
    ['t', [0]],
    ['w', [0, 1]],
    ['o', [0]],
    ['three', [0]],
    [' four', []],
  ])
})

test('a thread about a suggestion is on the words that it suggests', async () => {
  const suggestion = JSON.stringify({ ...suggestedByAnn, id: '018f0000-0000-7000-8000-000000000002', kind: 'insert' })
  const document = await createDocument(paragraphNode(textNode('old '), textNode('new', { type: 'insertion', attrs: suggestedByAnn })), {
    ...paragraphNode(textNode('a block')),
    attrs: { suggestion },
  })
  const threads = [suggestedByAnn.id, '018f0000-0000-7000-8000-000000000002'].map((suggestionId) => ({ anchor: null, suggestionId }))
  expect(threadsOf(markComments(await readContent(document), document, threads))).toEqual([
    ['old ', []],
    ['new', [0]],
    ['a block', [1]],
  ])
})

test('a text whose characters are not those of the document is left without marks', async () => {
  const document = await createDocument(paragraphNode(textNode('one two')))
  const anchor = { start: encodeStart(textAt(document, 0), 0), end: encodeEnd(textAt(document, 0), 3) }
  const other = { type: 'doc', content: [paragraphNode(textNode('other'))] }
  expect(markComments(other, document, [{ anchor, suggestionId: null }])).toEqual(other)
})
