/** A draft that is reviewed: open in an editor of its owner, with reviewers who were asked. */
import { onTestFinished } from 'vitest'
import type { Node } from '../../main.ts'
import { type ApiResponse, createDraft, isSaved, type OpenDocument, openDocument, type Person } from './client.ts'
import { writeParagraphs } from './prose.ts'
import { waitUntil } from './wait-until.ts'

export interface ReviewedDocument {
  id: string
  name: string
  /** Path of the draft. */
  path: string
  /** The owner's editor. */
  live: OpenDocument
  /** Edits the text as the owner, and waits until it is saved. */
  edit(change: () => void): Promise<void>
  /** Reads the review. */
  review(person: Person): Promise<any>
  /** Decides on the present text, or on another one. */
  decide(person: Person, decision: string, more?: object): Promise<ApiResponse>
  /** The codes of what prevents sending. */
  blockers(person: Person): Promise<string[]>
}

/** Opens a draft with paragraphs for its owner, and asks people to review it, until the end of the test. */
export async function openReviewedDocument(
  node: Node,
  owner: Person,
  reviewers: readonly Person[],
  ...paragraphs: string[]
): Promise<ReviewedDocument> {
  const name = await createDraft(owner)
  const id = name.split(':')[1] as string
  const path = `/api/legal/documents/${id}`
  const live = await openDocument(node.url, name, owner.token)
  onTestFinished(() => live.close())
  const edit = async (change: () => void) => {
    change()
    await waitUntil(() => isSaved(live), 'the edit to be saved')
  }
  await edit(() => writeParagraphs(live.document, ...paragraphs))
  for (const reviewer of reviewers) {
    const { status, body } = await owner.request('PUT', `${path}/reviewers/${reviewer.id}`, {})
    if (status !== 200) throw new Error(`${reviewer.name} could not be asked: ${JSON.stringify(body)}`)
  }
  const review = async (person: Person) => (await person.request('GET', `${path}/review`)).body
  return {
    id,
    name,
    path,
    live,
    edit,
    review,
    async decide(person, decision, more = {}) {
      const { hash } = await review(person)
      return person.request('POST', `${path}/review`, { decision, expectedHash: hash, ...more })
    },
    blockers: async (person) => (await person.request('GET', `${path}/readiness`)).body.blockers.map(({ code }: any) => code),
  }
}
