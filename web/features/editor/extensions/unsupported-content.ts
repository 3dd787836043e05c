/** Placeholders for content that this editor does not support. They can be moved and deleted, and are otherwise kept unchanged. */
import { Extension, Mark, Node } from '@tiptap/core'
import { z } from 'zod'
import { placeholderNames, toPlainText, unknownAttributesName, type YjsContent } from '../../../../domain/documents/richtext/yjs-content.ts'

/** Text of a placeholder is cut after this many characters. */
const maxShownCharacters = 400

const emptyContent: YjsContent = { name: 'unknown', attributes: {}, children: [] }

/** Parses an object from pasted HTML; false if it is none. */
function parseJson(text: string | null): Record<string, unknown> | false {
  try {
    const value: unknown = JSON.parse(text ?? '')
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : false
  } catch {
    return false
  }
}

const TextSchema = z.object({ text: z.string(), formats: z.record(z.string(), z.unknown()) })
const ContentSchema: z.ZodType<YjsContent> = z.object({
  name: z.string(),
  attributes: z.record(z.string(), z.unknown()),
  children: z.array(z.union([TextSchema, z.lazy(() => ContentSchema)])),
})

/** The label of a placeholder. */
export const toUnsupportedLabel = (name: string, inline = false): string =>
  name === '' ? 'Unsupported text' : `Unsupported ${inline ? 'content' : 'block'}: ${name.slice(0, 60)}`

function placeholder(name: string, tag: 'div' | 'span', content: string) {
  const inline = tag === 'span'
  return Node.create({
    name,
    group: inline ? 'inline' : 'block',
    inline,
    content,
    marks: '',
    atom: true,
    selectable: true,
    draggable: true,
    isolating: true,
    defining: true,
    addAttributes: () => ({
      content: {
        default: emptyContent,
        parseHTML: (element: HTMLElement) =>
          ContentSchema.safeParse(parseJson(element.getAttribute('data-unsupported'))).data ?? emptyContent,
        renderHTML: ({ content: yjsContent }: Record<string, unknown>) => ({ 'data-unsupported': JSON.stringify(yjsContent) }),
      },
    }),
    parseHTML: () => [{ tag: `${tag}[data-unsupported-kind="${name}"]`, priority: 70 }],
    renderHTML: ({ HTMLAttributes }) => [tag, { ...HTMLAttributes, 'data-unsupported-kind': name }],
    renderText: ({ node }) => toPlainText(node.attrs['content'] as YjsContent).trim(),
    addNodeView: () => (nodeViewProps) => {
      const yjsContent = nodeViewProps.node.attrs['content'] as YjsContent
      const dom = document.createElement(tag)
      dom.className = `unsupported unsupported-${inline ? 'inline' : 'block'}`
      dom.contentEditable = 'false'
      const label = document.createElement('span')
      label.className = 'unsupported-label'
      label.textContent = toUnsupportedLabel(yjsContent.name, inline)
      dom.append(label)
      const plainText = toPlainText(yjsContent).replace(/\s+/g, ' ').trim()
      if (plainText) {
        const text = document.createElement(inline ? 'span' : 'p')
        text.className = 'unsupported-text'
        text.textContent = plainText.length > maxShownCharacters ? `${plainText.slice(0, maxShownCharacters)}…` : plainText
        dom.append(text)
      }
      return { dom, ignoreMutation: () => true }
    },
  })
}

/** An unknown mark on text. Its key and value are kept. */
const unsupportedMark = Mark.create({
  name: placeholderNames.mark,
  // Several may be on the same text, together with all other marks.
  excludes: '',
  inclusive: false,
  addAttributes: () => ({ name: { default: '' }, value: { default: null } }),
  parseHTML: () => [
    { tag: 'span[data-unsupported-mark]', getAttrs: (element) => parseJson(element.getAttribute('data-unsupported-mark')) },
  ],
  renderHTML: ({ mark: { attrs } }) => {
    const name = String(attrs['name']).replace(/--[a-zA-Z0-9+/=]{8}$/, '')
    const title = `Unsupported formatting: ${name.slice(0, 60)}`
    return ['span', { class: 'unsupported-mark', title, 'data-unsupported-mark': JSON.stringify(attrs) }, 0]
  },
})

/** Keeps attributes of known elements that this editor does not know. */
const unknownAttributes = Extension.create({
  name: unknownAttributesName,
  addGlobalAttributes() {
    const types = this.extensions.filter(({ type, name }) => type === 'node' && name !== 'doc' && name !== 'text').map(({ name }) => name)
    const attribute = { default: null, keepOnSplit: false, parseHTML: () => null, renderHTML: () => ({}) }
    return [{ types, attributes: { [unknownAttributesName]: attribute } }]
  },
})

export const unsupportedContent = [
  unknownAttributes,
  placeholder(placeholderNames.block, 'div', ''),
  placeholder(placeholderNames.inline, 'span', ''),
  placeholder(placeholderNames.text, 'div', 'text*'),
  unsupportedMark,
]
