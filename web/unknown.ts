import type { Schema } from '@tiptap/pm/model'
import { type Transaction, XmlElement, type XmlFragment, XmlText } from 'yjs'

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

/** The same for what a transaction brought, which may be known before anybody acts on it. */
export function unknownFrom({ changed, beforeState }: Transaction, schema: Schema): string[] {
  const found = new Set<string>()
  const isNew = ({ _item: item }: XmlElement | XmlText) => item !== null && item.id.clock >= (beforeState.get(item.id.client) ?? 0)
  for (const type of changed.keys()) {
    if (type instanceof XmlElement || type instanceof XmlText || type.constructor.name.includes('XmlFragment')) {
      namesIn(type as Part, schema, found, isNew)
    }
  }
  return [...found]
}
