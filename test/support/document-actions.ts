/** What people do with a document by REST while others write in it: decisions, suggestions, comments, undo, restore, reading. */
import { createAnchor } from '../../web/features/comments/anchors.ts'
import { takesPart } from './editor-operations.ts'
import type { HeadlessEditor } from './headless-editor.ts'
import { anyOf } from './participant.ts'
import type { RestPerson } from './rest-person.ts'

export interface DocumentActions {
  documentName: string
  owner: RestPerson
  /** Those who edit, the owner not among them. */
  editors: RestPerson[]
  /** Who suggests and comments, and where they see the text. */
  commenter: RestPerson
  commentersDesk: HeadlessEditor
  onFault: (fault: string) => void
}

/** How often each kind of action was answered with success. */
export interface ActionCounts {
  decisions: number
  undos: number
  restores: number
  suggestions: number
  comments: number
}

export const noActions = (): ActionCounts => ({ decisions: 0, undos: 0, restores: 0, suggestions: 0, comments: 0 })

/** What may be answered: others decided meanwhile, what was chosen is gone, or a place takes no such block. */
const expected = [200, 201, 204, 400, 404, 409]

const kinds = ['insert', 'delete', 'replace', 'insert-block', 'delete-block', 'change-block'] as const

/** An anchor of some words, as the commenter sees them; null where there are none. */
function anchorBy(desk: HeadlessEditor, random: () => number) {
  const { state } = desk.editor
  const { size } = state.doc.content
  const from = 1 + Math.floor(random() * Math.max(1, size - 1))
  return createAnchor(state, { from, to: Math.min(size, from + 1 + Math.floor(random() * 20)) })
}

/** Does one action. Answers what it was once it is answered. */
export async function actOnDocument(actions: DocumentActions, counts: ActionCounts, random: () => number, word: string): Promise<string> {
  const { documentName, owner, editors, commenter, onFault } = actions
  const path = `/api/documents/${documentName}`
  async function ask(who: RestPerson, method: string, below: string, body?: unknown, count?: keyof ActionCounts) {
    const answered = await who.ask(method, path + below, body)
    if (!expected.includes(answered.status))
      onFault(`${method} ${below} ${JSON.stringify(body)} answered ${answered.status} ${JSON.stringify(answered.body)}`)
    else if (count && answered.status < 300) counts[count]++
    return answered
  }
  const chance = random()
  const [pick, second, third] = [random(), random(), random()]
  const who = anyOf(editors, random)
  const author = anyOf([...editors, commenter], random)
  const decision = random() < 0.6 ? 'accept' : 'reject'
  const at = (head: number, share: number) => Math.floor(share * (head + 1))

  if (!takesPart('REST')) return 'nothing'
  if (chance < 0.4) {
    const { body } = await ask(who, 'GET', '/suggestions?limit=100')
    const open: { id: string }[] = body.items ?? []
    if (open.length === 0) return 'nothing to decide'
    const one = open[Math.floor(pick * open.length)] as { id: string }
    await ask(who, 'POST', second < 0.15 ? `/suggestions/${decision}` : `/suggestions/${one.id}/${decision}`, {}, 'decisions')
    return decision
  }
  if (chance < 0.65) {
    const kind = anyOf(kinds, random)
    const anchor = anchorBy(actions.commentersDesk, random)
    const body = {
      kind,
      anchor,
      text: kind.startsWith('delete') || kind === 'change-block' ? undefined : word,
      type: kind.endsWith('block') ? anyOf(['paragraph', 'heading'], random) : undefined,
    }
    if (anchor) await ask(commenter, 'POST', '/suggestions', body, 'suggestions')
    return `suggest ${kind}`
  }
  if (chance < 0.75) {
    const anchor = anchorBy(actions.commentersDesk, random)
    if (anchor) await ask(commenter, 'POST', '/comments', { anchor, text: word }, 'comments')
    return 'comment'
  }
  const { body } = await ask(owner, 'GET', '/history/state')
  const head: number = body.at
  if (chance < 0.87) {
    const from = Math.max(1, at(head, pick))
    const to = Math.min(head, from + Math.floor(second * 30))
    if (to >= from) await ask(who, 'POST', '/undo', { userId: author.id, from, to }, 'undos')
    return `undo rows ${from} to ${to}`
  }
  if (chance < 0.92) {
    await ask(owner, 'POST', '/restore', { at: at(head, 1 - pick / 2) }, 'restores')
    return 'restore'
  }
  await ask(who, 'GET', `/history/state?at=${at(head, pick)}`)
  await ask(who, 'GET', `/authorship?at=${at(head, second)}`)
  await ask(who, 'GET', `/redline?from=${at(head, pick * third)}&to=${at(head, pick)}`)
  await ask(who, 'GET', '/comments')
  return 'read'
}
