/** Drafts with a text that a person wrote. */
import { isSaved, openDocument, type Person } from './client.ts'
import { writeParagraphs } from './prose.ts'
import { waitUntil } from './wait-until.ts'

/** Writes paragraphs into a document and waits until they are saved. */
export async function writeDraft(url: string, person: Person, documentName: string, ...paragraphs: string[]): Promise<void> {
  const live = await openDocument(url, documentName, person.token)
  writeParagraphs(live.document, ...paragraphs)
  await waitUntil(() => isSaved(live), `the text of ${documentName} to be saved`)
  live.close()
}

/** Creates a draft of a kind with a text. @returns its id */
export async function createWrittenDraft(url: string, person: Person, kind: string, ...paragraphs: string[]): Promise<string> {
  const { status, body } = await person.request('POST', '/api/legal/documents', { title: `Text of ${kind}`, kind })
  if (status !== 201) throw new Error(`A draft of the kind ${kind}: ${JSON.stringify(body)}`)
  await writeDraft(url, person, body.documentName, ...paragraphs)
  return body.id
}
