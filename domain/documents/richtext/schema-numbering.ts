/** The schema's part for numbered paragraphs and references to them. How they are counted is in `list-styles.ts`. */
import { Extension, Node } from '@tiptap/core'

/** An attribute that HTML does not show. Null where there is none, so that existing paragraphs stay as they are. */
const hidden = (keepOnSplit: boolean) => ({ default: null, keepOnSplit, parseHTML: () => null, renderHTML: () => ({}) })

/**
 * A paragraph or heading is numbered by a list style of the document (`listStyle`, an id in the map `listStyles`) at a level (0 to 8, 0
 * where it is null); `listStart` begins to count anew at a number. `bookmark` is the id by which cross references find it.
 */
export const paragraphNumbering = Extension.create({
  name: 'paragraphNumbering',
  addGlobalAttributes: () => [
    {
      types: ['paragraph', 'heading'],
      attributes: {
        listStyle: hidden(true),
        listLevel: hidden(true),
        listStart: hidden(false),
        bookmark: hidden(false),
      },
    },
  ],
})

/**
 * A reference to a numbered paragraph: `target` is its bookmark, `kind` what is shown of it (`list-styles.ts`), and `text` what was shown in
 * the file that it came from.
 */
export const crossReference = Node.create({
  name: 'crossReference',
  group: 'inline',
  inline: true,
  atom: true,
  selectable: true,
  addAttributes: () => ({ target: { default: null }, kind: { default: 'number' }, text: { default: '' } }),
  parseHTML: () => [
    {
      tag: 'span[data-reference]',
      getAttrs: (element) => ({
        target: element.getAttribute('data-reference'),
        kind: element.getAttribute('data-reference-kind') ?? 'number',
        text: element.textContent ?? '',
      }),
    },
  ],
  renderHTML: ({ node }) => [
    'span',
    { 'data-reference': String(node.attrs.target), 'data-reference-kind': String(node.attrs.kind) },
    String(node.attrs.text),
  ],
  renderText: ({ node }) => String(node.attrs.text),
})
