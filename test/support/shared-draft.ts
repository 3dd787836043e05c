/** A draft that two people have open and edit. */
import { onTestFinished } from 'vitest'
import * as Y from 'yjs'
import type { Node } from '../../main.ts'
import { createSharedDraft } from './builders.ts'
import { type OpenDocument, openDocument, type Person, isSaved } from './client.ts'
import { waitUntil } from './wait-until.ts'

export interface SharedDraft {
  documentName: string
  /** `/api/documents/<name>` */
  path: string
  annReplica: OpenDocument
  benReplica: OpenDocument
}

/** Creates a draft of Ann's with Ben as an editor, and opens it for both until the end of the test. */
export async function openSharedDraft({ url }: Node, ann: Person, ben: Person): Promise<SharedDraft> {
  const documentName = await createSharedDraft(ann, { editor: [ben] })
  const [annReplica, benReplica] = [await openDocument(url, documentName, ann.token), await openDocument(url, documentName, ben.token)]
  onTestFinished(() => {
    for (const { close } of [annReplica, benReplica]) close()
  })
  return { documentName, path: `/api/documents/${documentName}`, annReplica, benReplica }
}

/** Opens a shared draft with a heading and a paragraph that both wrote. */
export async function openWrittenDraft(node: Node, ann: Person, ben: Person): Promise<SharedDraft> {
  const draft = await openSharedDraft(node, ann, ben)
  const { annReplica, benReplica } = draft
  await editAndSync(annReplica, benReplica, () =>
    getFragment(annReplica).insert(0, [createBlock('Title', '1'), createBlock('The parties agree on <this>.')]),
  )
  await editAndSync(benReplica, annReplica, () => getBlockText(benReplica, 1).insert(11, ' happily'))
  await editAndSync(annReplica, benReplica, () => getBlockText(annReplica, 1).delete(4, 7))
  return draft
}

/** Edits one replica in one transaction, and waits until the edit is saved and the other replica has it. */
export async function editAndSync(one: OpenDocument, other: OpenDocument, edit: () => void): Promise<void> {
  one.document.transact(edit)
  await waitUntil(() => isSaved(one), 'the edit to be saved')
  await waitUntil(() => toXml(other) === toXml(one), 'the other replica to have the edit')
}

export const getFragment = ({ document }: OpenDocument): Y.XmlFragment => document.getXmlFragment('default')

/** The text of a block. */
export const getBlockText = (replica: OpenDocument, block: number): Y.XmlText =>
  (getFragment(replica).get(block) as Y.XmlElement).get(0) as Y.XmlText

/** The text as XML, with `|` in place of paragraph tags. */
export const toXml = (replica: OpenDocument): string =>
  getFragment(replica)
    .toString()
    .replaceAll(/<\/?paragraph>/g, '|')

/** Creates a paragraph, or a heading of a level. */
export function createBlock(text: string, level?: string): Y.XmlElement {
  const element = new Y.XmlElement(level ? 'heading' : 'paragraph')
  if (level) element.setAttribute('level', level)
  const words = new Y.XmlText()
  words.insert(0, text)
  element.insert(0, [words])
  return element
}
