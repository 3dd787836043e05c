/** Highlights the anchored words of comment threads in the text. They are decorations: commenting does not change the document. */
import { Extension } from '@tiptap/core'
import type { Node } from '@tiptap/pm/model'
import { type EditorState, Plugin, PluginKey, type Transaction } from '@tiptap/pm/state'
import { Decoration, DecorationSet } from '@tiptap/pm/view'
import { ySyncPluginKey } from '@tiptap/y-tiptap'
import type { Anchor } from '../../../domain/documents/richtext/anchor.ts'
import { resolveAnchor } from './anchors.ts'

export interface AnchoredThread {
  id: string
  anchor: Anchor
}

interface CommentMarksState {
  threads: AnchoredThread[]
  active: string | null
  decorations: DecorationSet
}

const key = new PluginKey<CommentMarksState>('commentMarks')

/** @param state a state that has the Yjs binding; a state that is being applied has none yet */
function createState(state: EditorState, doc: Node, threads: AnchoredThread[], active: string | null): CommentMarksState {
  const decorations = threads.flatMap(({ id, anchor }) => {
    const range = resolveAnchor(state, anchor, doc.content.size)
    if (!range) return []
    const attributes = { nodeName: 'mark', class: 'comment-highlight', 'data-thread': id, ...(id === active && { 'data-active': 'true' }) }
    return [Decoration.inline(range.from, range.to, attributes, { id })]
  })
  return { threads, active, decorations: DecorationSet.create(doc, decorations) }
}

/** Maps the highlights through local edits. After remote edits they are resolved again, because the binding replaces the whole text. */
function applyTransaction(tr: Transaction, previous: CommentMarksState, state: EditorState): CommentMarksState {
  const change = tr.getMeta(key) as Partial<CommentMarksState> | undefined
  if (change)
    return createState(state, tr.doc, change.threads ?? previous.threads, change.active === undefined ? previous.active : change.active)
  if (!tr.docChanged) return previous
  if (tr.getMeta(ySyncPluginKey)) return createState(state, tr.doc, previous.threads, previous.active)
  return { ...previous, decorations: previous.decorations.map(tr.mapping, tr.doc) }
}

/** Sets the threads to highlight, or the active thread. */
export const setCommentMarks = (tr: Transaction, change: { threads?: AnchoredThread[]; active?: string | null }): Transaction =>
  tr.setMeta(key, change)

/** Maps each thread to the position of its words. Threads whose words are gone are missing. */
export function findThreadPositions(state: EditorState): Map<string, number> {
  const positions = new Map<string, number>()
  for (const { from, spec } of key.getState(state)?.decorations.find() ?? []) {
    const { id } = spec as { id: string }
    positions.set(id, Math.min(from, positions.get(id) ?? from))
  }
  return positions
}

/** Returns the thread at a position, or null. */
export function findThreadAt(state: EditorState, pos: number): string | null {
  const [decoration] = key.getState(state)?.decorations.find(pos, pos) ?? []
  return decoration ? (decoration.spec as { id: string }).id : null
}

/** Creates the extension. It also reports clicks on highlighted or suggested words. */
export const commentMarks = (onThread: (threadId: string) => void, onSuggestion: (suggestionId: string) => void) =>
  Extension.create({
    name: 'commentMarks',
    addProseMirrorPlugins: () => [
      new Plugin<CommentMarksState>({
        key,
        state: {
          init: () => ({ threads: [], active: null, decorations: DecorationSet.empty }),
          apply: (tr, previous, state) => applyTransaction(tr, previous, state),
        },
        props: {
          decorations: (state) => key.getState(state)?.decorations,
          handleClick(_, __, event) {
            const target = event.target instanceof Element ? event.target : null
            const thread = target?.closest('[data-thread]')?.getAttribute('data-thread')
            const suggestion = target?.closest('ins[data-suggestion], del[data-suggestion]')?.getAttribute('data-suggestion')
            if (thread) onThread(thread)
            else if (suggestion) onSuggestion(suggestion)
            return false
          },
        },
      }),
    ],
  })
