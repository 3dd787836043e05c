/** Comment threads: anchored to words of a document, or to the whole document. */
import * as Y from 'yjs'
import { z } from 'zod'
import { requireCommenter, requireViewer } from '../access/permission.ts'
import { requireUserId } from '../kernel/permission.ts'
import { defineEntity, newId, p } from '../kernel/entity.ts'
import { DomainError, notFound } from '../kernel/errors.ts'
import { command, query, type QueryContext, type CommandContext } from '../kernel/operation.ts'
import { type Page, paginate, paging, parseCursor } from '../kernel/pagination.ts'
import { Comment, type CommentDetails, CommentText, readComments, findMentions } from './comment.ts'
import { DocumentName, parseDocumentName } from '../documents/document.ts'
import { CommentChanged } from './events.ts'
import type { Anchor } from '../documents/richtext/anchor.ts'
import { PositionIndex, readQuote, type CharacterRange, characterRangesOf } from '../documents/richtext/positions.ts'
import { readCommittedDocument } from '../documents/journal/snapshot.ts'

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
    signs: p.json<CharacterRange[]>().nullable(),
    /** The document's state vector when the thread started: what is newer was written later. Base64. */
    vector: p.text().nullable(),
    quote: p.text().nullable(),
    /** The quote without fields, by which the text is found again; null where the quote is that. */
    anchorText: p.text().nullable(),
    createdAt: p.datetime().length(3),
    resolvedAt: p.datetime().length(3).nullable(),
    resolvedBy: p.uuid().nullable(),
    /** The suggestion that it discusses, and that suggestion's author. */
    suggestion: p.uuid().nullable(),
    suggestionAuthor: p.uuid().nullable(),
    blocking: p.boolean().default(false),
  },
})
/** A thread. While a `blocking` one is open, the document cannot be sent to be signed. `quote` and `signs` are the words that it is anchored to (text and Yjs ids), as the server read them at its start. */
export class Thread extends ThreadSchema.class {}
ThreadSchema.setClass(Thread)

/** A thread with its comments; `gone` when all of its words were deleted. */
export interface ThreadDetails {
  id: string
  state: ThreadState
  anchor: Anchor | null
  quote: string | null
  gone: boolean
  createdAt: Date
  resolvedAt: Date | null
  resolvedBy: string | null
  /** The suggestion that it discusses. */
  suggestionId: string | null
  /** Whether the document cannot be sent to be signed while it is open. */
  blocking: boolean
  comments: CommentDetails[]
}

/** Maximum characters that a thread is anchored to, and maximum threads of a document. */
export const maxCharacters = 5000
export const maxThreads = 5000

/** An anchor as clients send it: two relative positions of Yjs, base64, of at most 300 characters each. */
export const AnchorInput = z.strictObject({ start: z.base64().min(1).max(300), end: z.base64().min(1).max(300) })

export const documentSubject = ({ documentName }: { documentName: string }) => documentName
const requireDocumentCommenter = requireCommenter(documentSubject)

/** @throws DomainError not-found when the name is invalid */
export function documentIdOf(documentName: string): string {
  const parsed = parseDocumentName(documentName)
  if (!parsed) throw notFound()
  return parsed.id
}

const invalidAnchor = (message: string) => new DomainError('invalid-input', message, { fields: [{ path: 'anchor', message }] })

/** Resolves an anchor in the committed text. @throws DomainError invalid-input where it has no words */
async function resolveAnchor(view: QueryContext, documentName: string, input: Anchor) {
  const { document } = await readCommittedDocument(view, documentIdOf(documentName))
  const layout = new PositionIndex(document)
  const range = layout.resolveAnchor(input)
  if (!range) throw invalidAnchor('The anchor is not in this document.')
  if (range.to - range.from > maxCharacters) throw invalidAnchor(`The anchor covers more than ${maxCharacters} characters.`)
  const slices = layout.slicesIn(range)
  const anchor = layout.createAnchor(slices)
  if (!anchor) throw invalidAnchor('The anchor contains no text, or the text was deleted.')
  const vector = Buffer.from(Y.encodeStateVector(document)).toString('base64')
  // it loads the editor's packages
  const { createFieldReader } = await import('../documents/richtext/variables.ts')
  return {
    anchor,
    quote: layout.quote(range, createFieldReader(document)),
    anchorText: readQuote(slices),
    signs: characterRangesOf(slices),
    vector,
  }
}

/** Starts a thread. @throws DomainError invalid-input where the anchor is not in the committed text, or has no words */
export const startThread = command('documents.startThread', {
  input: { documentName: DocumentName, text: CommentText, anchor: AnchorInput.optional() },
  authorize: requireDocumentCommenter,
  async prepare(view, input) {
    if (!input.anchor) return undefined
    try {
      return await resolveAnchor(view, input.documentName, input.anchor)
    } catch {
      // the words may be uncommitted: everything typed on this node is committed when this returns
      await view.ports.editDocument(input.documentName, null, () => undefined)
      return resolveAnchor(view, input.documentName, input.anchor)
    }
  },
  async execute(work, { documentName, text }, bound): Promise<ThreadDetails> {
    const thread = await createThread(work, documentIdOf(documentName), bound ?? {})
    const commentId = await addComment(work, documentName, thread.id, text)
    return emitAndLoad(work, documentName, thread, { change: 'added', commentId })
  },
})

type ThreadContent = Partial<Pick<Thread, 'anchor' | 'quote' | 'anchorText' | 'signs' | 'vector' | 'suggestion' | 'suggestionAuthor'>>

/** Creates an open thread without comments. @throws DomainError conflict where the document has too many */
export async function createThread(work: CommandContext, document: string, content: ThreadContent): Promise<Thread> {
  if ((await work.em.count(Thread, { document })) >= maxThreads)
    throw new DomainError('conflict', `A document can have at most ${maxThreads} threads.`)
  const none = { anchor: null, quote: null, anchorText: null, signs: null, vector: null, suggestion: null, suggestionAuthor: null }
  const open = { state: 'open' as const, blocking: false, createdAt: work.now, resolvedAt: null, resolvedBy: null }
  const thread = work.em.create(Thread, { id: newId(), document, ...open, ...none, ...content })
  work.em.persist(thread)
  return thread
}

/** The thread of a suggestion; null where nobody has commented on it. */
export const findSuggestionThread = (work: CommandContext, document: string, suggestion: string): Promise<Thread | null> =>
  work.em.findOne(Thread, { document, suggestion })

/** Resolves the threads of suggestions that were decided. */
export async function resolveSuggestionThreads(work: CommandContext, documentName: string, suggestions: string[]): Promise<void> {
  const threads = await work.em.find(Thread, { document: documentIdOf(documentName), suggestion: { $in: suggestions }, state: 'open' })
  for (const thread of threads) {
    Object.assign(thread, { state: 'resolved', resolvedAt: work.now, resolvedBy: requireUserId(work) })
    emitThreadChanged(work, documentName, thread.id, { change: 'resolved', commentId: null })
  }
}

/** Adds a comment to a thread. @returns its id */
export async function addComment(work: CommandContext, documentName: string, threadId: string, text: string): Promise<string> {
  const mentions = await findMentions(work, documentName, text)
  const said = { id: newId(), threadId, userId: requireUserId(work), text, mentions, createdAt: work.now, editedAt: null, authorName: null }
  work.em.persist(work.em.create(Comment, said))
  return said.id
}

/** What happened in a thread, and to which comment. */
export type ThreadChange = Pick<z.output<typeof CommentChanged.data>, 'change' | 'commentId'>

/** Emits that a thread changed. @returns the thread as it is now */
export async function emitAndLoad(
  work: CommandContext,
  documentName: string,
  thread: Thread,
  change: ThreadChange,
): Promise<ThreadDetails> {
  emitThreadChanged(work, documentName, thread.id, change)
  await work.em.flush()
  const [seen] = await readThreadDetails(work, [thread])
  return seen as ThreadDetails
}

/** Emits that a thread changed or was deleted. */
export function emitThreadChanged(work: CommandContext, documentName: string, threadId: string, change: ThreadChange): void {
  work.emit(CommentChanged, { subject: documentName, audience: [documentName], data: { documentName, threadId, ...change } })
}

/** The thread of a document. @throws DomainError not-found */
export const findThread = (view: QueryContext, documentName: string, id: string): Promise<Thread> =>
  view.em.findOneOrFail(Thread, { id, document: documentIdOf(documentName) })

/** The threads of a document, newest first, each with all of its comments. */
export const listThreads = query('documents.listThreads', {
  input: { ...paging, documentName: DocumentName, state: z.enum(threadStates).optional() },
  authorize: requireViewer(documentSubject),
  async execute(view, { documentName, state, limit, cursor }): Promise<Page<ThreadDetails>> {
    const after = parseCursor(cursor)
    const rows = await view.em.find(
      Thread,
      { document: documentIdOf(documentName), ...(state && { state }), ...(after && { id: { $lt: after.id } }) },
      { orderBy: { id: 'desc' }, limit: limit + 1 },
    )
    const seen = new Map((await readThreadDetails(view, rows.slice(0, limit))).map((thread) => [thread.id, thread]))
    return paginate(
      rows,
      limit,
      ({ id, createdAt }) => ({ at: createdAt.toISOString(), id }),
      ({ id }) => seen.get(id) as ThreadDetails,
    )
  },
})

/** Resolves a thread, or reopens it. Idempotent. */
export const setThreadState = command('documents.setThreadState', {
  input: { documentName: DocumentName, threadId: z.uuid(), state: z.enum(threadStates) },
  authorize: requireDocumentCommenter,
  async execute(work, { documentName, threadId, state }): Promise<ThreadDetails> {
    const thread = await findThread(work, documentName, threadId)
    if (thread.state === state) return (await readThreadDetails(work, [thread]))[0] as ThreadDetails
    thread.state = state
    thread.resolvedAt = state === 'resolved' ? work.now : null
    thread.resolvedBy = state === 'resolved' ? requireUserId(work) : null
    return emitAndLoad(work, documentName, thread, { change: state === 'resolved' ? 'resolved' : 'reopened', commentId: null })
  },
})

/** Reads threads of one document with their comments. Their words are searched in the committed text, which is read once. */
export async function readThreadDetails(view: QueryContext, threads: Thread[]): Promise<ThreadDetails[]> {
  const comments = await readComments(
    view,
    threads.map(({ id }) => id),
  )
  const bound = threads.find(({ signs }) => signs !== null)
  const layout = bound && new PositionIndex((await readCommittedDocument(view, bound.document)).document)
  return threads.map((thread) => {
    const { id, state, quote, createdAt, resolvedAt, resolvedBy, suggestion, blocking } = thread
    const anchor = layout ? findCurrentAnchor(layout, thread) : undefined
    return {
      id,
      state,
      quote: quote ?? null,
      anchor: anchor ?? thread.anchor ?? null,
      gone: thread.signs !== null && !anchor,
      createdAt,
      resolvedAt: resolvedAt ?? null,
      resolvedBy: resolvedBy ?? null,
      suggestionId: suggestion ?? null,
      blocking,
      comments: comments.get(id) ?? [],
    }
  })
}

/** The current anchor of a thread: its remaining words, or else where the editor wrote them anew. */
function findCurrentAnchor(layout: PositionIndex, { signs, quote: shownQuote, anchorText, vector, anchor }: Thread): Anchor | undefined {
  const quote = anchorText ?? shownQuote
  if (!signs || !anchor || !quote || !vector) return undefined
  const left = layout.rangeOfCharacters(signs)
  if (left) return layout.createAnchor(layout.slicesIn(quote.includes('\n') ? left : layout.widenToQuote(quote, left)))
  if (quote.includes('\n')) return undefined
  const anew = layout.relocateQuote(quote, Buffer.from(vector, 'base64'), layout.resolveAnchor(anchor)?.from)
  return anew && layout.createAnchor(layout.slicesIn(anew))
}
