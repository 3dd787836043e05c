/** Long documents: the text of a keystroke trace, or generated paragraphs. */
import * as Y from 'yjs'
import { createDraft, openDocument, type Person, isSaved } from '../../test/support/client.ts'
import { readTrace, applyPatch } from '../../test/support/trace.ts'
import { waitUntil } from '../../test/support/wait-until.ts'
import type { System } from '../servers/systems.ts'

/** A document in a system, with its content as an update and the length of its text. */
export interface StoredDocument {
  name: string
  token: string
  state: Uint8Array
  length: number
  /** The name of an empty document beside it. */
  emptyName: string
}

type Content = Pick<StoredDocument, 'state' | 'length'>
const contents = new Map<string, Content>()

/** Replays a trace, once a run. Do it before a server starts: it blocks this process for seconds. */
export function replayTrace(trace: string): Content {
  const known = contents.get(trace)
  if (known) return known
  const document = new Y.Doc()
  const text = document.getText('text')
  const { start, patches } = readTrace(trace)
  if (start) text.insert(0, start)
  for (const patch of patches) applyPatch(text, patch)
  const content = { state: Y.encodeStateAsUpdate(document), length: text.length }
  contents.set(trace, content)
  return content
}

/** Writes the document of a trace into a system through an unmodified provider. Resolves when it is stored. */
export async function storeLongDocument(system: System, content: Content): Promise<StoredDocument> {
  const { names, token } = await system.createDocuments(2)
  const [name = '', emptyName = ''] = names
  const document = new Y.Doc()
  Y.applyUpdate(document, content.state)
  const author = await openDocument(system.url, name, token, document)
  author.close()
  await waitUntil(() => system.isStored(name), 'the document to be stored', 120_000)
  return { name, token, emptyName, ...content }
}

/** Creates a document of so many paragraphs, written as one edit. Returns its name. */
export async function createParagraphs(url: string, owner: Person, count: number, words: string): Promise<string> {
  const name = await createDraft(owner)
  const open = await openDocument(url, name, owner.token)
  const paragraphs = Array.from({ length: count }, (_, index) => {
    const paragraph = new Y.XmlElement('paragraph')
    paragraph.insert(0, [new Y.XmlText(`${index}. ${words}`)])
    return paragraph
  })
  open.document.getXmlFragment('default').insert(0, paragraphs)
  await waitUntil(() => isSaved(open), 'the paragraphs to be saved', 120_000)
  open.close()
  return name
}

export const paragraphAt = (document: Y.Doc, index: number): Y.Text =>
  (document.getXmlFragment('default').get(index) as Y.XmlElement).get(0) as Y.XmlText
