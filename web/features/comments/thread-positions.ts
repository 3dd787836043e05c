import type { Editor } from '@tiptap/core'
import { useEditorState } from '@tiptap/react'
import type { Thread } from '../../lib/api-types.ts'
import { findThreadPositions } from './comment-decorations.ts'

/** The position of each thread's words in the text, kept up to date. Threads whose words are gone are missing. */
export function useThreadPositions(editor: Editor): Map<string, number> {
  // A plain object, because the hook compares it by its entries.
  const positions = useEditorState({ editor, selector: ({ editor: now }) => Object.fromEntries(findThreadPositions(now.state)) })
  return new Map(Object.entries(positions))
}

/** Sorts threads by their position in the text, then those whose words are gone, then those on the whole document. */
export function sortByPosition(threads: readonly Thread[], positions: Map<string, number>): Thread[] {
  const toPosition = ({ id, quote }: Thread) =>
    positions.get(id) ?? (quote === null ? Number.MAX_SAFE_INTEGER : Number.MAX_SAFE_INTEGER - 1)
  return threads.toSorted((first, second) => toPosition(first) - toPosition(second) || first.createdAt.localeCompare(second.createdAt))
}
