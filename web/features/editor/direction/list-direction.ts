/**
 * The direction of lists, list items and quotes. Paragraphs have `dir="auto"`, but their number, bullet, check box or line stands outside of
 * them, on the side that the direction of its element says.
 */
import { Extension } from '@tiptap/core'
import type { Node } from '@tiptap/pm/model'
import { Plugin, PluginKey } from '@tiptap/pm/state'
import { Decoration, DecorationSet } from '@tiptap/pm/view'

const rightToLeft = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u

/** The direction of a text by its first letter, as HTML's `auto`; undefined where it has none. */
export function findDirection(text: string): 'ltr' | 'rtl' | undefined {
  const first = /\p{L}/u.exec(text)?.[0]
  if (!first) return undefined
  return rightToLeft.test(first) ? 'rtl' : 'ltr'
}

const isContainer = ({ type }: Node) => /^(listItem|taskItem|bulletList|orderedList|taskList|blockquote)$/.test(type.name)

/** The direction of a block: of its first paragraph that has one. */
function findBlockDirection(block: Node): 'ltr' | 'rtl' | undefined {
  let direction: 'ltr' | 'rtl' | undefined
  block.descendants((node) => {
    if (direction) return false
    const set: unknown = node.attrs['dir']
    if (node.isTextblock) direction = set === 'rtl' || set === 'ltr' ? set : findDirection(node.textContent)
    return !node.isTextblock
  })
  return direction
}

/** Decorates the lists, list items and quotes whose direction differs from that of what contains them. */
function decorate(doc: Node): DecorationSet {
  const decorations: Decoration[] = []
  const add = (parent: Node, start: number, outer: 'ltr' | 'rtl') => {
    parent.forEach((node, offset) => {
      if (node.isTextblock || node.isLeaf) return
      const pos = start + offset
      const direction = isContainer(node) ? (findBlockDirection(node) ?? outer) : outer
      if (direction !== outer) decorations.push(Decoration.node(pos, pos + node.nodeSize, { dir: direction }))
      add(node, pos + 1, direction)
    })
  }
  add(doc, 0, 'ltr')
  return decorations.length > 0 ? DecorationSet.create(doc, decorations) : DecorationSet.empty
}

const directionKey = new PluginKey<DecorationSet>('listDirection')

/** Shows numbers, bullets, check boxes and lines of quotes on the side from which their text is written. */
export const listDirection = Extension.create({
  name: 'listDirection',
  addProseMirrorPlugins: () => [
    new Plugin<DecorationSet>({
      key: directionKey,
      state: {
        init: (_, { doc }) => decorate(doc),
        apply: (tr, previous) => (tr.docChanged ? decorate(tr.doc) : previous),
      },
      props: { decorations: (state) => directionKey.getState(state) },
    }),
  ],
})
