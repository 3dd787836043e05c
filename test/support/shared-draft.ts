/** A draft that two people have open and write. */
import { onTestFinished } from 'vitest'
import * as Y from 'yjs'
import type { Node } from '../../main.ts'
import { createSharedDraft } from './builders.ts'
import { type OpenDocument, openDocument, type Person, isSaved } from './client.ts'
import { waitUntil } from './wait-until.ts'

export interface SharedDraft {
  name: string
  /** As `/api/documents/<name>`. */
  path: string
  anns: OpenDocument
  bens: OpenDocument
}

/** A draft of Ann's, which Ben edits, open for both until the end of the test. */
export async function openSharedDraft({ url }: Node, ann: Person, ben: Person): Promise<SharedDraft> {
  const name = await createSharedDraft(ann, { editor: [ben] })
  const [anns, bens] = [await openDocument(url, name, ann.token), await openDocument(url, name, ben.token)]
  onTestFinished(() => {
    for (const { close } of [anns, bens]) close()
  })
  return { name, path: `/api/documents/${name}`, anns, bens }
}

/** A shared draft with a heading, and a paragraph that both wrote. */
export async function openWrittenDraft(node: Node, ann: Person, ben: Person): Promise<SharedDraft> {
  const draft = await openSharedDraft(node, ann, ben)
  const { anns, bens } = draft
  await editAndSync(anns, bens, () => fragmentOf(anns).insert(0, [paragraph('Title', '1'), paragraph('The parties agree on <this>.')]))
  await editAndSync(bens, anns, () => wordsAt(bens, 1).insert(11, ' happily'))
  await editAndSync(anns, bens, () => wordsAt(anns, 1).delete(4, 7))
  return draft
}

/** Changes one replica in one transaction, and waits until that is committed and the other shows it. */
export async function editAndSync(one: OpenDocument, other: OpenDocument, edit: () => void): Promise<void> {
  one.document.transact(edit)
  await waitUntil(() => isSaved(one), 'it to be saved')
  await waitUntil(() => xmlOf(other) === xmlOf(one), 'the other to see it')
}

export const fragmentOf = ({ document }: OpenDocument): Y.XmlFragment => document.getXmlFragment('default')

/** The words of a block. */
export const wordsAt = (replica: OpenDocument, block: number): Y.XmlText =>
  (fragmentOf(replica).get(block) as Y.XmlElement).get(0) as Y.XmlText

/** A text as XML, in which paragraphs are separated by bars. */
export const xmlOf = (replica: OpenDocument): string =>
  fragmentOf(replica)
    .toString()
    .replaceAll(/<\/?paragraph>/g, '|')

/** @param level of a heading; a paragraph without */
export function paragraph(text: string, level?: string): Y.XmlElement {
  const element = new Y.XmlElement(level ? 'heading' : 'paragraph')
  if (level) element.setAttribute('level', level)
  const words = new Y.XmlText()
  words.insert(0, text)
  element.insert(0, [words])
  return element
}
