/**
 * Anchors: two relative positions in a text that stay with their words while others edit around them. Server and browser encode them here.
 */
import {
  createRelativePositionFromTypeIndex,
  decodeRelativePosition,
  encodeRelativePosition,
  type RelativePosition,
  type XmlText,
} from 'yjs'

/** Two positions, each as base64 of `Y.encodeRelativePosition`. */
export interface Anchor {
  start: string
  end: string
}

/** Bound to the first character after it, so that text inserted before it stays outside. */
export const encodeStart = (text: XmlText, index: number): string => encodePosition(createRelativePositionFromTypeIndex(text, index, 0))

/** Bound to the last character before it, so that text inserted after it stays outside. */
export const encodeEnd = (text: XmlText, index: number): string => encodePosition(createRelativePositionFromTypeIndex(text, index, -1))

export const encodePosition = (position: RelativePosition): string => btoa(String.fromCharCode(...encodeRelativePosition(position)))

/** @throws when the text is not a position */
export const decodePosition = (text: string): RelativePosition =>
  decodeRelativePosition(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)))
