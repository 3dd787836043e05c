/** A draft under review: open for its owner, an editor and a commenter, who suggest and decide. */
import { randomUUID } from 'node:crypto'
import { onTestFinished } from 'vitest'
import type { Node } from '../../main.ts'
import { type PersonByName, shareByRole } from './builders.ts'
import { type Answered, draftOf, type Open, opened, type Person, saved } from './client.ts'
import { textOf, write } from './prose.ts'
import { until } from './until.ts'

/** A draft with some paragraphs, open for the owner, the editor and the commenter until the end of the test. */
export async function openReviewedDraft(node: Node, person: PersonByName, ...paragraphs: string[]) {
  const name = await draftOf(person('owner'))
  await shareByRole(person, `/api/documents/${name}`)
  const openAs = (role: string) => opened(node.url, name, person(role).token)
  const all = await Promise.all([openAs('owner'), openAs('editor'), openAs('commenter')])
  onTestFinished(() => {
    for (const { close } of all) close()
  })
  const [owner, editor, commenter] = all
  write(owner.document, ...paragraphs)
  await until(() => saved(owner), 'the paragraphs to be saved')
  const path = `/api/documents/${name}/suggestions`
  return {
    name,
    path,
    owner,
    editor,
    commenter,
    suggest: (kind: string, anchor: unknown, more: object = {}, role = 'commenter'): Promise<Answered> =>
      person(role).ask('POST', path, { kind, anchor, ...more }),
    list: async (state = 'open'): Promise<any[]> => (await person('viewer').ask('GET', `${path}?state=${state}`)).body.items,
    /** @param action as `accept`. @param id of one suggestion; without it, of all */
    decide: (role: string, action: string, id?: string): Promise<Answered> =>
      person(role).ask('POST', id ? `${path}/${id}/${action}` : `${path}/${action}`),
    /** Waits until the editor and the commenter see a text. */
    shows: (text: string) => until(() => [editor, commenter].every(({ document }) => textOf(document) === text), JSON.stringify(text)),
  }
}

/** Changes a document in one transaction, and waits until that is saved. */
export async function editAndSave(replica: Open, edit: () => void): Promise<void> {
  replica.document.transact(edit)
  await until(() => saved(replica), 'the change to be saved')
}

/** The attributes of a suggestion that a person's editor writes. */
export const suggestionBy = (person: Person) => ({ id: randomUUID(), author: person.id, at: '2026-05-01T00:00:00.000Z' })
