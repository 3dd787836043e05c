import { type Extensions, Node } from '@tiptap/core'
import { isVariableName, longestValue, variableLabel, variablesName } from '../domain/documents/prose.ts'
import type { LiveDocument } from './live.ts'

/** Somebody asked for a field: raised on it in the text, with its name. */
export const fieldAsked = 'smartstart-field'

/** The values of a document's fields. Others write them, too, so a value may be anything. */
export const valuesOf = (live: LiveDocument) => live.doc.getMap<unknown>(variablesName)

/** The value of a field as it is shown; empty where there is none. */
export function valueOf(live: LiveDocument, name: string): string {
  const value = valuesOf(live).get(name)
  return typeof value === 'string' && value.trim() ? value.slice(0, longestValue) : ''
}

/** The same extensions, with fields shown as their values, or as their names while they are empty. */
export function shownFields(extensions: Extensions, live: LiveDocument): Extensions {
  return extensions.map((extension) => {
    if (!(extension instanceof Node) || extension.name !== 'variable') return extension
    return extension.extend({
      // What is copied as plain text is what was read.
      renderText: ({ node }) => {
        const name: unknown = node.attrs['name']
        return isVariableName(name) ? valueOf(live, name) || `[${variableLabel(name)}]` : ''
      },
      addNodeView: () => (given) => {
        const name: unknown = given.node.attrs['name']
        const label = isVariableName(name) ? variableLabel(name) : 'Field without a name'
        const dom = document.createElement('span')
        dom.className = 'field'
        dom.title = label
        const show = () => {
          const value = isVariableName(name) ? valueOf(live, name) : ''
          dom.textContent = value || label
          dom.toggleAttribute('data-empty', !value)
          dom.setAttribute('aria-label', value ? `${label}: ${value}` : `${label}, empty`)
        }
        const values = valuesOf(live)
        // A filled one can be selected like a word; an empty one asks.
        const asked = () => dom.dispatchEvent(new CustomEvent(fieldAsked, { bubbles: true, detail: name }))
        dom.addEventListener('click', () => dom.hasAttribute('data-empty') && asked())
        dom.addEventListener('dblclick', asked)
        values.observe(show)
        show()
        return { dom, ignoreMutation: () => true, destroy: () => values.unobserve(show) }
      },
    })
  })
}
