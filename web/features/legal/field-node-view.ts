import { type Extensions, Node } from '@tiptap/core'
import { isVariableName, maxValueCharacters, variableLabel, variablesName } from '../../../domain/documents/richtext/schema.ts'
import type { LiveDocument } from '../../lib/collab/live-document.ts'

/** The DOM event that asks to fill a field. Fired on the field, with its name. */
export const openFieldEvent = 'smartstart-field'

/** The values of a document's fields. Other clients write them too, so a value may have any type. */
export const getFieldValues = (liveDocument: LiveDocument) => liveDocument.doc.getMap<unknown>(variablesName)

/** The value of a field as it is shown; empty if there is none. */
export function getFieldValue(liveDocument: LiveDocument, name: string): string {
  const value = getFieldValues(liveDocument).get(name)
  return typeof value === 'string' && value.trim() ? value.slice(0, maxValueCharacters) : ''
}

/** Returns the extensions with fields shown as their values, or as their labels while they are empty. */
export function withFieldNodeViews(extensions: Extensions, liveDocument: LiveDocument): Extensions {
  return extensions.map((extension) => {
    if (!(extension instanceof Node) || extension.name !== 'variable') return extension
    return extension.extend({
      // Plain text that is copied contains the values.
      renderText: ({ node }) => {
        const name: unknown = node.attrs['name']
        return isVariableName(name) ? getFieldValue(liveDocument, name) || `[${variableLabel(name)}]` : ''
      },
      addNodeView: () => (nodeViewProps) => {
        const name: unknown = nodeViewProps.node.attrs['name']
        const label = isVariableName(name) ? variableLabel(name) : 'Field without a name'
        const dom = document.createElement('span')
        dom.className = 'template-field'
        dom.title = label
        const render = () => {
          const value = isVariableName(name) ? getFieldValue(liveDocument, name) : ''
          dom.textContent = value || label
          dom.toggleAttribute('data-empty', !value)
          dom.setAttribute('aria-label', value ? `${label}: ${value}` : `${label}, empty`)
        }
        const values = getFieldValues(liveDocument)
        // A filled field is selected like a word; clicking an empty one opens it.
        const requestEdit = () => dom.dispatchEvent(new CustomEvent(openFieldEvent, { bubbles: true, detail: name }))
        dom.addEventListener('click', () => dom.hasAttribute('data-empty') && requestEdit())
        dom.addEventListener('dblclick', requestEdit)
        values.observe(render)
        render()
        return { dom, ignoreMutation: () => true, destroy: () => values.unobserve(render) }
      },
    })
  })
}
