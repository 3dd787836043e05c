/** Inserts blocks into a live document. */
import type { JSONContent } from '@tiptap/core'
import * as Y from 'yjs'
import { z } from 'zod'
import { contentToUpdate } from './to-json.ts'
import { textName } from './schema.ts'

/** A relative position in a text, as `Y.encodeRelativePosition` in base64: it stays with its words while others edit around them. */
export const RelativePositionInput = z
  .string()
  .max(400)
  .refine((text) => parseRelativePosition(text) !== undefined, 'must be a relative position of Yjs in base64')

/** Parses a relative position; undefined where the text is not one. */
export function parseRelativePosition(text: string): Y.RelativePosition | undefined {
  if (text === '' || !/^[A-Za-z0-9+/_-]+={0,2}$/.test(text)) return undefined
  try {
    return Y.decodeRelativePosition(Buffer.from(text, 'base64'))
  } catch {
    return undefined
  }
}

/** Converts blocks of the editor's JSON to Yjs types for insertion. The libraries it needs are loaded at the first call. */
export async function toYjsBlocks(content: JSONContent): Promise<(Y.XmlElement | Y.XmlText)[]> {
  const scratch = new Y.Doc()
  Y.applyUpdate(scratch, await contentToUpdate(content))
  return scratch
    .getXmlFragment(textName)
    .toArray()
    .map((block) => block.clone() as Y.XmlElement | Y.XmlText)
}

/**
 * Inserts blocks after the outermost block that contains a position; at the end without a position, or where it no longer exists. Existing
 * content stays unchanged.
 */
export function insertBlocks(document: Y.Doc, blocks: (Y.XmlElement | Y.XmlText)[], after: Y.RelativePosition | undefined): void {
  const text = document.getXmlFragment(textName)
  text.insert(after ? indexAfter(document, text, after) : text.length, blocks)
}

function indexAfter(document: Y.Doc, text: Y.XmlFragment, place: Y.RelativePosition): number {
  const found = Y.createAbsolutePositionFromRelativePosition(place, document)
  if (!found) return text.length
  if (found.type === text) return Math.min(found.index, text.length)
  let at: Y.AbstractType<unknown> | null = found.type as Y.AbstractType<unknown>
  while (at && at.parent !== text) at = at.parent as Y.AbstractType<unknown> | null
  const index = text.toArray().findIndex((child) => Object.is(child, at))
  return index < 0 ? text.length : index + 1
}
