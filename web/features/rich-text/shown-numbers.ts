/** Shows the numbers of paragraphs and the text of cross references. Both follow from the document and are not part of it. */
import { type Editor, Extension, type Extensions, Node } from '@tiptap/core'
import type { Node as DocumentNode } from '@tiptap/pm/model'
import { type EditorState, Plugin, PluginKey } from '@tiptap/pm/state'
import { Decoration, DecorationSet } from '@tiptap/pm/view'
import type { Doc } from 'yjs'
import { type ListStyle, listStylesName, type ParagraphNumber, readListStyles } from '../../../domain/documents/richtext/list-styles.ts'
import { numberParagraphs, type ParagraphNumbers } from './paragraph-numbers.ts'

interface NumberingState extends ParagraphNumbers {
  styles: ReadonlyMap<string, ListStyle>
  decorations: DecorationSet
}

const numberingKey = new PluginKey<NumberingState>('shownNumbers')

/** What shows a number: read by `numbering.css`. */
export const toNumberAttributes = ({ label, indent }: ParagraphNumber) => ({ 'data-number': label, 'data-number-level': String(indent) })

function createState(doc: DocumentNode, styles: ReadonlyMap<string, ListStyle>): NumberingState {
  const numbers = numberParagraphs(doc, styles)
  const decorations = [
    ...numbers.paragraphs.map(({ pos, node, number }) => Decoration.node(pos, pos + node.nodeSize, toNumberAttributes(number))),
    ...numbers.references.map(({ pos, text }) => Decoration.node(pos, pos + 1, {}, { referenceText: text })),
  ]
  return { ...numbers, styles, decorations: decorations.length > 0 ? DecorationSet.create(doc, decorations) : DecorationSet.empty }
}

/** The list styles of the document in an editor. */
export const getListStyles = (state: EditorState): ReadonlyMap<string, ListStyle> => numberingKey.getState(state)?.styles ?? new Map()

/** The text that a cross reference shows; undefined where it is not at that position of the document. */
const findReferenceText = (state: EditorState, node: DocumentNode, pos: number): string | undefined =>
  state.doc.nodeAt(pos) === node ? numberingKey.getState(state)?.references.find((reference) => reference.pos === pos)?.text : undefined

/** Computes the numbers again when the text or the list styles change. */
export const shownNumbers = (document: Doc) =>
  Extension.create({
    name: 'shownNumbers',
    addProseMirrorPlugins: () => [
      new Plugin<NumberingState>({
        key: numberingKey,
        state: {
          init: (_, { doc }) => createState(doc, readListStyles(document)),
          apply(tr, previous) {
            const styles = tr.getMeta(numberingKey) ? readListStyles(document) : previous.styles
            return tr.docChanged || styles !== previous.styles ? createState(tr.doc, styles) : previous
          },
        },
        props: { decorations: (state) => numberingKey.getState(state)?.decorations },
        view(view) {
          const map = document.getMap(listStylesName)
          const refresh = () => view.dispatch(view.state.tr.setMeta(numberingKey, true))
          map.observe(refresh)
          return { destroy: () => map.unobserve(refresh) }
        },
      }),
    ],
  })

/** Returns the extensions with cross references that show what they refer to. */
export function withShownReferences(extensions: Extensions): Extensions {
  return extensions.map((extension) => {
    if (!(extension instanceof Node) || extension.name !== 'crossReference') return extension
    return extension.extend({
      addNodeView: () => (nodeViewProps) => {
        const dom = document.createElement('span')
        dom.className = 'cross-reference'
        const render = (node: DocumentNode, decorations: readonly Decoration[]) => {
          const { referenceText } = (decorations.find(({ spec }) => 'referenceText' in spec)?.spec ?? {}) as { referenceText?: string }
          dom.textContent = referenceText ?? String(node.attrs['text'])
          return true
        }
        render(nodeViewProps.node, nodeViewProps.decorations)
        return {
          dom,
          ignoreMutation: () => true,
          update: (node, decorations) => node.type === nodeViewProps.node.type && render(node, decorations),
        }
      },
      // Text that is copied contains what is shown.
      renderText({ node, pos }) {
        const { editor } = this as unknown as { editor: Editor }
        return findReferenceText(editor.state, node, pos) ?? String(node.attrs['text'])
      },
    })
  })
}
