/** Anchors: two places in the text that stay with their words while others write around them. */
import type { EditorState } from '@tiptap/pm/state'
import { absolutePositionToRelativePosition, relativePositionToAbsolutePosition, ySyncPluginKey } from '@tiptap/y-tiptap'
import {
  createAbsolutePositionFromRelativePosition,
  createRelativePositionFromTypeIndex,
  decodeRelativePosition,
  type Doc,
  encodeRelativePosition,
  type RelativePosition,
  type XmlFragment,
  XmlText,
} from 'yjs'

/** Base64 of `Y.encodeRelativePosition`, twice. */
export interface Anchor {
  start: string
  end: string
}

export interface Range {
  from: number
  to: number
}

interface Sync {
  doc: Doc
  type: XmlFragment
  binding: { mapping: Parameters<typeof relativePositionToAbsolutePosition>[3] } | null
}

const syncOf = (state: EditorState) => ySyncPluginKey.getState(state) as Sync | undefined

const encode = (place: RelativePosition) => btoa(String.fromCharCode(...encodeRelativePosition(place)))
const decode = (text: string) => decodeRelativePosition(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)))

/** The anchor of a range: bound to its first and its last sign, so that what is written beside it stays outside. */
export function anchorOf(state: EditorState, { from, to }: Range): Anchor | null {
  const sync = syncOf(state)
  if (!sync?.binding) return null
  const { doc, type, binding } = sync
  const place = (pos: number, toward: number) => {
    const relative = absolutePositionToRelativePosition(pos, type, binding.mapping) as RelativePosition
    const found = createAbsolutePositionFromRelativePosition(relative, doc)
    return encode(found?.type instanceof XmlText ? createRelativePositionFromTypeIndex(found.type, found.index, toward) : relative)
  }
  return { start: place(from, 0), end: place(to, -1) }
}

/** Where an anchor is now, in a text of this size; null where its words are gone, or it is none. */
export function rangeOf(state: EditorState, anchor: Anchor, size = state.doc.content.size): Range | null {
  const sync = syncOf(state)
  if (!sync?.binding) return null
  const { doc, type, binding } = sync
  const place = (text: string) => {
    const found = createAbsolutePositionFromRelativePosition(decode(text), doc)
    if (!found) return null
    // Told by the sign before it: of the first sign of a text the binding's own way knows no place.
    const relative = found.type instanceof XmlText ? createRelativePositionFromTypeIndex(found.type, found.index, -1) : decode(text)
    return relativePositionToAbsolutePosition(doc, type, relative, binding.mapping)
  }
  try {
    const [from, to] = [place(anchor.start), place(anchor.end)]
    return from !== null && to !== null && from < to && to <= size ? { from, to } : null
  } catch {
    return null
  }
}
