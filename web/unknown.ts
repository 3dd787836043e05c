import type { Schema } from '@tiptap/pm/model'
import { type Transaction, XmlElement, XmlFragment, XmlText } from 'yjs'

/*
 * The binding between Yjs and the editor removes what the editor's schema does not know, for everybody. So a
 * document in which another program wrote a table, say, must not meet an editor without tables.
 */

type Part = XmlFragment | XmlElement | XmlText

function namesIn(part: Part, schema: Schema, found: Set<string>, enter: (child: XmlElement | XmlText) => boolean) {
  if (part instanceof XmlText) {
    for (const { attributes } of part.toDelta() as { attributes?: object }[]) {
      // Marks that may overlap carry a hash behind their name.
      for (const mark of Object.keys(attributes ?? {})) if (!schema.marks[mark.split('--')[0] ?? '']) found.add(mark)
    }
    return
  }
  for (const child of part.toArray()) {
    if (child instanceof XmlElement && !schema.nodes[child.nodeName]) found.add(child.nodeName)
    if ((child instanceof XmlElement || child instanceof XmlText) && enter(child)) namesIn(child, schema, found, enter)
  }
}

/** What a text holds that a schema has no name for. */
export function unknownIn(text: XmlFragment, schema: Schema): string[] {
  const found = new Set<string>()
  namesIn(text, schema, found, () => true)
  return [...found]
}

/** The same for what a transaction brought to a text. */
export function unknownFrom({ changed, beforeState }: Transaction, text: XmlFragment, schema: Schema): string[] {
  const found = new Set<string>()
  const isNew = ({ _item: item }: XmlElement | XmlText) => item !== null && item.id.clock >= (beforeState.get(item.id.client) ?? 0)
  const isPart = (type: unknown): type is Part => type instanceof XmlFragment || type instanceof XmlText
  for (const type of changed.keys()) if (isPart(type) && isWithin(type, text)) namesIn(type, schema, found, isNew)
  return [...found]
}

/** Other roots may hold what they like. */
function isWithin(part: Part, text: XmlFragment): boolean {
  let at: unknown = part
  while (at instanceof XmlElement || at instanceof XmlText) at = at.parent
  return at === text
}
