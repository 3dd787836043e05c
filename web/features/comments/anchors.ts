/** Anchors: two relative positions of Yjs that hold words in a text while others edit around them. */
import type { EditorState } from '@tiptap/pm/state'
import { absolutePositionToRelativePosition, relativePositionToAbsolutePosition, ySyncPluginKey } from '@tiptap/y-tiptap'
import {
  createAbsolutePositionFromRelativePosition,
  createRelativePositionFromTypeIndex,
  type Doc,
  type RelativePosition,
  type XmlFragment,
  XmlText,
} from 'yjs'
import { type Anchor, decodePosition, encodePosition, encodeEnd, encodeStart } from '../../../domain/documents/richtext/anchor.ts'

export interface Range {
  from: number
  to: number
}

interface SyncState {
  doc: Doc
  type: XmlFragment
  binding: { mapping: Parameters<typeof relativePositionToAbsolutePosition>[3] } | null
}

const getSyncState = (state: EditorState) => ySyncPluginKey.getState(state) as SyncState | undefined

/** Creates the anchor of a range. It is bound to the first and last character, so text inserted beside it stays outside. */
export function createAnchor(state: EditorState, { from, to }: Range): Anchor | null {
  const sync = getSyncState(state)
  if (!sync?.binding) return null
  const { doc, type, binding } = sync
  const toPosition = (pos: number, bind: (text: XmlText, index: number) => string) => {
    const relative = absolutePositionToRelativePosition(pos, type, binding.mapping) as RelativePosition
    const found = createAbsolutePositionFromRelativePosition(relative, doc)
    return found?.type instanceof XmlText ? bind(found.type, found.index) : encodePosition(relative)
  }
  return { start: toPosition(from, encodeStart), end: toPosition(to, encodeEnd) }
}

/** Returns where an anchor is now, in a document of this size; null if its words are gone or it is invalid. */
export function resolveAnchor(state: EditorState, anchor: Anchor, size = state.doc.content.size): Range | null {
  const sync = getSyncState(state)
  if (!sync?.binding) return null
  const { doc, type, binding } = sync
  const toPosition = (text: string) => {
    const position = decodePosition(text)
    const found = createAbsolutePositionFromRelativePosition(position, doc)
    if (!found) return null
    // Associate to the left: the binding cannot resolve the position of a text's first character otherwise.
    const relative = found.type instanceof XmlText ? createRelativePositionFromTypeIndex(found.type, found.index, -1) : position
    return relativePositionToAbsolutePosition(doc, type, relative, binding.mapping)
  }
  try {
    const [from, to] = [toPosition(anchor.start), toPosition(anchor.end)]
    return from !== null && to !== null && from < to && to <= size ? { from, to } : null
  } catch {
    return null
  }
}
