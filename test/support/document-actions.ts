/** Random REST requests for a document while clients edit it: decisions, suggestions, comments, undo, restore and reads. */
import { createAnchor } from '../../web/features/comments/anchors.ts'
import { isOperationEnabled } from './editor-operations.ts'
import type { HeadlessEditor } from './headless-editor.ts'
import { pickRandom } from './participant.ts'
import type { RestPerson } from './rest-person.ts'

export interface DocumentActions {
  documentName: string
  owner: RestPerson
  /** The editors, without the owner. */
  editors: RestPerson[]
  /** Suggests and comments. */
  commenter: RestPerson
  commenterEditor: HeadlessEditor
  onFault: (fault: string) => void
}

/** Successful requests of each kind. */
export interface ActionCounts {
  decisions: number
  undos: number
  restores: number
  suggestions: number
  comments: number
}

export const createActionCounts = (): ActionCounts => ({ decisions: 0, undos: 0, restores: 0, suggestions: 0, comments: 0 })

/** 400, 404 and 409 are expected too: another client decided first, deleted the text, or a block is not allowed there. */
const expectedStatuses = [200, 201, 204, 400, 404, 409]

const kinds = ['insert', 'delete', 'replace', 'insert-block', 'delete-block', 'change-block'] as const

/** An anchor on a random range of the commenter's text; null where there is no text. */
function createRandomAnchor(client: HeadlessEditor, random: () => number) {
  const { state } = client.editor
  const { size } = state.doc.content
  const from = 1 + Math.floor(random() * Math.max(1, size - 1))
  return createAnchor(state, { from, to: Math.min(size, from + 1 + Math.floor(random() * 20)) })
}

/** Performs one random action. @returns its name, after the response */
export async function performAction(actions: DocumentActions, counts: ActionCounts, random: () => number, word: string): Promise<string> {
  const { documentName, owner, editors, commenter, onFault } = actions
  const path = `/api/documents/${documentName}`
  async function send(sender: RestPerson, method: string, subPath: string, body?: unknown, count?: keyof ActionCounts) {
    const response = await sender.request(method, path + subPath, body)
    if (!expectedStatuses.includes(response.status))
      onFault(`${method} ${subPath} ${JSON.stringify(body)} answered ${response.status} ${JSON.stringify(response.body)}`)
    else if (count && response.status < 300) counts[count]++
    return response
  }
  const choice = random()
  const [first, second, third] = [random(), random(), random()]
  const editor = pickRandom(editors, random)
  const author = pickRandom([...editors, commenter], random)
  const decision = random() < 0.6 ? 'accept' : 'reject'
  const rowAt = (head: number, share: number) => Math.floor(share * (head + 1))

  if (!isOperationEnabled('REST')) return 'nothing'
  if (choice < 0.4) {
    const { body } = await send(editor, 'GET', '/suggestions?limit=100')
    const open: { id: string }[] = body.items ?? []
    if (open.length === 0) return 'nothing to decide'
    const suggestion = open[Math.floor(first * open.length)] as { id: string }
    await send(editor, 'POST', second < 0.15 ? `/suggestions/${decision}` : `/suggestions/${suggestion.id}/${decision}`, {}, 'decisions')
    return decision
  }
  if (choice < 0.65) {
    const kind = pickRandom(kinds, random)
    const anchor = createRandomAnchor(actions.commenterEditor, random)
    const body = {
      kind,
      anchor,
      text: kind.startsWith('delete') || kind === 'change-block' ? undefined : word,
      type: kind.endsWith('block') ? pickRandom(['paragraph', 'heading'], random) : undefined,
    }
    if (anchor) await send(commenter, 'POST', '/suggestions', body, 'suggestions')
    return `suggest ${kind}`
  }
  if (choice < 0.75) {
    const anchor = createRandomAnchor(actions.commenterEditor, random)
    if (anchor) await send(commenter, 'POST', '/comments', { anchor, text: word }, 'comments')
    return 'comment'
  }
  const { body } = await send(owner, 'GET', '/history/state')
  const head: number = body.at
  if (choice < 0.87) {
    const from = Math.max(1, rowAt(head, first))
    const to = Math.min(head, from + Math.floor(second * 30))
    if (to >= from) await send(editor, 'POST', '/undo', { userId: author.id, from, to }, 'undos')
    return `undo rows ${from} to ${to}`
  }
  if (choice < 0.92) {
    await send(owner, 'POST', '/restore', { at: rowAt(head, 1 - first / 2) }, 'restores')
    return 'restore'
  }
  await send(editor, 'GET', `/history/state?at=${rowAt(head, first)}`)
  await send(editor, 'GET', `/authorship?at=${rowAt(head, second)}`)
  await send(editor, 'GET', `/redline?from=${rowAt(head, first * third)}&to=${rowAt(head, first)}`)
  await send(editor, 'GET', '/comments')
  return 'read'
}
