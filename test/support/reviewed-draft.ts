/** A draft under review: open for its owner, an editor and a commenter. */
import { randomUUID } from 'node:crypto'
import { onTestFinished } from 'vitest'
import type { Node } from '../../main.ts'
import { type PersonByName, shareWithRoles } from './builders.ts'
import { type ApiResponse, createDraft, type OpenDocument, openDocument, type Person, isSaved } from './client.ts'
import { readText, writeParagraphs } from './prose.ts'
import { waitUntil } from './wait-until.ts'

/** Opens a draft with some paragraphs for the owner, the editor and the commenter, until the end of the test. */
export async function openReviewedDraft(node: Node, person: PersonByName, ...paragraphs: string[]) {
  const name = await createDraft(person('owner'))
  await shareWithRoles(person, `/api/documents/${name}`)
  const openAs = (role: string) => openDocument(node.url, name, person(role).token)
  const all = await Promise.all([openAs('owner'), openAs('editor'), openAs('commenter')])
  onTestFinished(() => {
    for (const { close } of all) close()
  })
  const [owner, editor, commenter] = all
  writeParagraphs(owner.document, ...paragraphs)
  await waitUntil(() => isSaved(owner), 'the paragraphs to be saved')
  const path = `/api/documents/${name}/suggestions`
  return {
    name,
    path,
    owner,
    editor,
    commenter,
    suggest: (kind: string, anchor: unknown, more: object = {}, role = 'commenter'): Promise<ApiResponse> =>
      person(role).request('POST', path, { kind, anchor, ...more }),
    list: async (state = 'open'): Promise<any[]> => (await person('viewer').request('GET', `${path}?state=${state}`)).body.items,
    /** @param action for example `accept` @param id of one suggestion; absent: all of them */
    decide: (role: string, action: string, id?: string): Promise<ApiResponse> =>
      person(role).request('POST', id ? `${path}/${id}/${action}` : `${path}/${action}`),
    /** Waits until the editor and the commenter have a text. */
    waitUntilText: (text: string) =>
      waitUntil(() => [editor, commenter].every(({ document }) => readText(document) === text), JSON.stringify(text)),
  }
}

/** Edits a document in one transaction and waits until it is saved. */
export async function editAndSave(replica: OpenDocument, edit: () => void): Promise<void> {
  replica.document.transact(edit)
  await waitUntil(() => isSaved(replica), 'the change to be saved')
}

/** Creates the mark attributes of a suggestion by a person. */
export const createSuggestionAttributes = (person: Person) => ({ id: randomUUID(), author: person.id, at: '2026-05-01T00:00:00.000Z' })
