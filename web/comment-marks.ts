/** The words that threads of comments are about, shown in the text. They are no part of it: nothing is written by commenting. */
import { Extension } from '@tiptap/core'
import type { Node } from '@tiptap/pm/model'
import { type EditorState, Plugin, PluginKey, type Transaction } from '@tiptap/pm/state'
import { Decoration, DecorationSet } from '@tiptap/pm/view'
import { ySyncPluginKey } from '@tiptap/y-tiptap'
import { type Anchor, rangeOf } from './anchors.ts'

export interface Anchored {
  id: string
  anchor: Anchor
}

interface Shown {
  threads: Anchored[]
  active: string | null
  decorations: DecorationSet
}

const key = new PluginKey<Shown>('commentMarks')

/** @param state one that knows the binding: a state in the making does not yet */
function draw(state: EditorState, doc: Node, threads: Anchored[], active: string | null): Shown {
  const decorations = threads.flatMap(({ id, anchor }) => {
    const range = rangeOf(state, anchor, doc.content.size)
    if (!range) return []
    const attributes = { nodeName: 'mark', class: 'commented', 'data-thread': id, ...(id === active && { 'data-active': 'true' }) }
    return [Decoration.inline(range.from, range.to, attributes, { id })]
  })
  return { threads, active, decorations: DecorationSet.create(doc, decorations) }
}

/** What is written here moves the marks; what comes from others is looked up anew, for the binding puts the whole text in again. */
function next(tr: Transaction, shown: Shown, state: EditorState): Shown {
  const told = tr.getMeta(key) as Partial<Shown> | undefined
  if (told) return draw(state, tr.doc, told.threads ?? shown.threads, told.active === undefined ? shown.active : told.active)
  if (!tr.docChanged) return shown
  if (tr.getMeta(ySyncPluginKey)) return draw(state, tr.doc, shown.threads, shown.active)
  return { ...shown, decorations: shown.decorations.map(tr.mapping, tr.doc) }
}

/** Shows other threads, or another one as the one that is open. */
export const show = (tr: Transaction, told: { threads?: Anchored[]; active?: string | null }): Transaction => tr.setMeta(key, told)

/** Where in the text each thread's words are; threads without words are missing. */
export function placesIn(state: EditorState): Map<string, number> {
  const places = new Map<string, number>()
  for (const { from, spec } of key.getState(state)?.decorations.find() ?? []) {
    const { id } = spec as { id: string }
    places.set(id, Math.min(from, places.get(id) ?? from))
  }
  return places
}

/** The thread on the words at a place; null where there is none. */
export function threadAt(state: EditorState, pos: number): string | null {
  const [here] = key.getState(state)?.decorations.find(pos, pos) ?? []
  return here ? (here.spec as { id: string }).id : null
}

/** Also hears of clicks: on words of a thread, or else on words that are suggested. */
export const commentMarks = (onThread: (threadId: string) => void, onSuggestion: (suggestionId: string) => void) =>
  Extension.create({
    name: 'commentMarks',
    addProseMirrorPlugins: () => [
      new Plugin<Shown>({
        key,
        state: {
          init: () => ({ threads: [], active: null, decorations: DecorationSet.empty }),
          apply: (tr, shown, state) => next(tr, shown, state),
        },
        props: {
          decorations: (state) => key.getState(state)?.decorations,
          handleClick(_, __, event) {
            const place = event.target instanceof Element ? event.target : null
            const thread = place?.closest('[data-thread]')?.getAttribute('data-thread')
            const suggestion = place?.closest('ins[data-suggestion], del[data-suggestion]')?.getAttribute('data-suggestion')
            if (thread) onThread(thread)
            else if (suggestion) onSuggestion(suggestion)
            return false
          },
        },
      }),
    ],
  })
