/** Threads of comments: bound to words of a document, or to the document. */
import * as Y from 'yjs'
import { z } from 'zod'
import { comment, read, userOf } from '../access/permission.ts'
import { defineEntity, newId, p } from '../kernel/entity.ts'
import { DomainError, notFound } from '../kernel/errors.ts'
import { command, query, type View, type Work } from '../kernel/operation.ts'
import { type Page, pageOf, paging, readCursor } from '../kernel/page.ts'
import { Comment, type CommentSeen, CommentText, commentsOf, mentionsOf } from './comment.ts'
import { DocumentName, parseDocumentName } from './document.ts'
import { CommentChanged } from './events.ts'
import { type Anchor, Layout, quoteOf, type Signs, signsOf } from './place.ts'
import { documentOf } from './snapshot.ts'

export const threadStates = ['open', 'resolved'] as const
export type ThreadState = (typeof threadStates)[number]

const ThreadSchema = defineEntity({
  name: 'Thread',
  tableName: 'comment_thread',
  properties: {
    id: p.uuid().primary(),
    document: p.uuid().index(),
    state: p.string().$type<ThreadState>(),
    anchor: p.json<Anchor>().nullable(),
    signs: p.json<Signs[]>().nullable(),
    /** The document's state vector when it was said: what is newer was written afterwards. Base64. */
    vector: p.text().nullable(),
    quote: p.text().nullable(),
    createdAt: p.datetime().length(3),
    resolvedAt: p.datetime().length(3).nullable(),
    resolvedBy: p.uuid().nullable(),
  },
})
/** A thread. `quote` and `signs` are the words that it is bound to, as the server read them when it began. */
export class Thread extends ThreadSchema.class {}
ThreadSchema.setClass(Thread)

/** A thread as it is shown; `gone` when all of its words were deleted. */
export interface ThreadSeen {
  id: string
  state: ThreadState
  anchor: Anchor | null
  quote: string | null
  gone: boolean
  createdAt: Date
  resolvedAt: Date | null
  resolvedBy: string | null
  comments: CommentSeen[]
}

/** A thread is bound to at most so many signs; a document has at most so many threads. */
const mostSigns = 5000
const mostThreads = 5000

/** An anchor as it is sent: two relative positions of Yjs, base64, of at most 300 signs each. */
export const AnchorInput = z.strictObject({ start: z.base64().min(1).max(300), end: z.base64().min(1).max(300) })

export const subjectOf = ({ documentName }: { documentName: string }) => documentName
const mayComment = comment(subjectOf)

/** @throws DomainError not-found when the name is none */
export function idOf(documentName: string): string {
  const parsed = parseDocumentName(documentName)
  if (!parsed) throw notFound()
  return parsed.id
}

const refuseAnchor = (message: string) => new DomainError('invalid-input', message, { fields: [{ path: 'anchor', message }] })

/** The words at an anchor, as they are committed. @throws DomainError invalid-input where there are none */
async function bind(view: View, documentName: string, anchorSent: Anchor) {
  const { document } = await documentOf(view, idOf(documentName))
  const layout = new Layout(document)
  const range = layout.rangeOf(anchorSent)
  if (!range) throw refuseAnchor('The anchor is not in this document.')
  if (range.to - range.from > mostSigns) throw refuseAnchor(`The anchor spans more than ${mostSigns} signs.`)
  const slices = layout.slicesOf(range)
  const anchor = layout.anchorOf(slices)
  if (!anchor) throw refuseAnchor('There are no words at the anchor, or they are gone.')
  const vector = Buffer.from(Y.encodeStateVector(document)).toString('base64')
  return { anchor, quote: quoteOf(slices), signs: signsOf(slices), vector }
}

/** Begins a thread. @throws DomainError invalid-input where the anchor is not in the committed text, or has no words */
export const startThread = command('documents.startThread', {
  input: { documentName: DocumentName, text: CommentText, anchor: AnchorInput.optional() },
  may: mayComment,
  async prepares(view, input) {
    await mayComment(view, input)
    if (!input.anchor) return undefined
    try {
      return await bind(view, input.documentName, input.anchor)
    } catch {
      // the words may be on their way: what was typed on this node is committed when this answers
      await view.ports.write(input.documentName, null, () => undefined)
      return bind(view, input.documentName, input.anchor)
    }
  },
  async does(work, { documentName, text }, bound): Promise<ThreadSeen> {
    const document = idOf(documentName)
    if ((await work.em.count(Thread, { document })) >= mostThreads)
      throw new DomainError('conflict', `A document has at most ${mostThreads} threads.`)
    const none = { anchor: null, quote: null, signs: null, vector: null }
    const begun = { id: newId(), document, state: 'open' as const, createdAt: work.now, resolvedAt: null, resolvedBy: null }
    const thread = work.em.create(Thread, { ...begun, ...(bound ?? none) })
    work.em.persist(thread)
    const commentId = await say(work, documentName, thread.id, text)
    return changed(work, documentName, thread, { change: 'said', commentId })
  },
})

/** Adds a comment to a thread. Answers its id. */
export async function say(work: Work, documentName: string, threadId: string, text: string): Promise<string> {
  const mentions = await mentionsOf(work, documentName, text)
  const said = { id: newId(), threadId, userId: userOf(work), text, mentions, createdAt: work.now, editedAt: null }
  work.em.persist(work.em.create(Comment, said))
  return said.id
}

/** What happened in a thread, and to which comment. */
export type ThreadChange = Pick<z.output<typeof CommentChanged.data>, 'change' | 'commentId'>

/** Tells of a thread that it changed, and answers it as it is now. */
export async function changed(work: Work, documentName: string, thread: Thread, change: ThreadChange): Promise<ThreadSeen> {
  tellChanged(work, documentName, thread.id, change)
  await work.em.flush()
  const [seen] = await seenOf(work, [thread])
  return seen as ThreadSeen
}

/** Tells of a thread that it changed, or went. */
export function tellChanged(work: Work, documentName: string, threadId: string, change: ThreadChange): void {
  work.emit(CommentChanged, { subject: documentName, audience: [documentName], data: { documentName, threadId, ...change } })
}

/** The thread of a document. @throws DomainError not-found */
export const findThread = (view: View, documentName: string, id: string): Promise<Thread> =>
  view.em.findOneOrFail(Thread, { id, document: idOf(documentName) })

/** The threads of a document, newest first; each with all of its comments. */
export const listThreads = query('documents.listThreads', {
  input: { ...paging, documentName: DocumentName, state: z.enum(threadStates).optional() },
  may: read(subjectOf),
  async does(view, { documentName, state, limit, cursor }): Promise<Page<ThreadSeen>> {
    const after = readCursor(cursor)
    const rows = await view.em.find(
      Thread,
      { document: idOf(documentName), ...(state && { state }), ...(after && { id: { $lt: after.id } }) },
      { orderBy: { id: 'desc' }, limit: limit + 1 },
    )
    const seen = new Map((await seenOf(view, rows.slice(0, limit))).map((thread) => [thread.id, thread]))
    return pageOf(
      rows,
      limit,
      ({ id, createdAt }) => ({ at: createdAt.toISOString(), id }),
      ({ id }) => seen.get(id) as ThreadSeen,
    )
  },
})

/** Resolves a thread, or opens it again. Said twice it stays as it is. */
export const setThreadState = command('documents.setThreadState', {
  input: { documentName: DocumentName, threadId: z.uuid(), state: z.enum(threadStates) },
  may: mayComment,
  async does(work, { documentName, threadId, state }): Promise<ThreadSeen> {
    const thread = await findThread(work, documentName, threadId)
    if (thread.state === state) return (await seenOf(work, [thread]))[0] as ThreadSeen
    thread.state = state
    thread.resolvedAt = state === 'resolved' ? work.now : null
    thread.resolvedBy = state === 'resolved' ? userOf(work) : null
    return changed(work, documentName, thread, { change: state === 'resolved' ? 'resolved' : 'reopened', commentId: null })
  },
})

/** Threads of one document as they are shown: their words are looked for in what is committed now, read once. */
async function seenOf(view: View, threads: Thread[]): Promise<ThreadSeen[]> {
  const comments = await commentsOf(
    view,
    threads.map(({ id }) => id),
  )
  const bound = threads.find(({ signs }) => signs !== null)
  const layout = bound && new Layout((await documentOf(view, bound.document)).document)
  return threads.map((thread) => {
    const { id, state, quote, createdAt, resolvedAt, resolvedBy } = thread
    const anchor = layout ? anchorNow(layout, thread) : undefined
    return {
      id,
      state,
      quote: quote ?? null,
      anchor: anchor ?? thread.anchor ?? null,
      gone: thread.signs !== null && !anchor,
      createdAt,
      resolvedAt: resolvedAt ?? null,
      resolvedBy: resolvedBy ?? null,
      comments: comments.get(id) ?? [],
    }
  })
}

/** Where the words of a thread are now: what is left of them, or else where the editor wrote them anew. */
function anchorNow(layout: Layout, { signs, quote, vector, anchor }: Thread): Anchor | undefined {
  if (!signs || !anchor || !quote || !vector) return undefined
  const left = layout.rangeOfSigns(signs)
  if (left) return layout.anchorOf(layout.slicesOf(left))
  if (quote.includes('\n')) return undefined
  const anew = layout.findAnew(quote, Buffer.from(vector, 'base64'), layout.rangeOf(anchor)?.from)
  return anew && layout.anchorOf(layout.slicesOf(anew))
}
