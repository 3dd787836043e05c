/** Blocks of a text, put into a living document. */
import type { JSONContent } from '@tiptap/core'
import * as Y from 'yjs'
import { z } from 'zod'
import { updateOf } from './content.ts'
import { textName } from './prose.ts'

/** A place in a text, as `Y.encodeRelativePosition` in base64: it stays with its words while others write around them. */
export const Place = z
  .string()
  .max(400)
  .refine((text) => readPlace(text) !== undefined, 'takes a relative position of Yjs in base64')

/** The place that a text tells, or undefined where it tells none. */
export function readPlace(text: string): Y.RelativePosition | undefined {
  if (text === '' || !/^[A-Za-z0-9+/_-]+={0,2}$/.test(text)) return undefined
  try {
    return Y.decodeRelativePosition(Buffer.from(text, 'base64'))
  } catch {
    return undefined
  }
}

/** Blocks of the editor's JSON as parts of Yjs, ready to be put into a document. The libraries it needs are read when it is first called. */
export async function blocksFrom(content: JSONContent): Promise<(Y.XmlElement | Y.XmlText)[]> {
  const sheet = new Y.Doc()
  Y.applyUpdate(sheet, await updateOf(content))
  return sheet
    .getXmlFragment(textName)
    .toArray()
    .map((block) => block.clone() as Y.XmlElement | Y.XmlText)
}

/**
 * Puts blocks after the outermost block in which a place lies; at the end where there is no place, or none in this text any more.
 * Nothing that stands there is touched.
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
  const index = at ? text.toArray().indexOf(at as never) : -1
  return index < 0 ? text.length : index + 1
}
