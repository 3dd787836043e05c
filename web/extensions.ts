import { type Extensions, getSchema } from '@tiptap/core'
import { Collaboration } from '@tiptap/extension-collaboration'
import { CollaborationCaret } from '@tiptap/extension-collaboration-caret'
import { Placeholder } from '@tiptap/extension-placeholder'
import { StarterKit } from '@tiptap/starter-kit'
import type { User } from './contract.ts'
import type { LiveDocument } from './live.ts'
import { colourOf, personFrom } from './person.ts'

/** Links lead to the web or to a mailbox; nothing that a browser would run. */
export function isSafeLink(href: string): boolean {
  return /^(https?:\/\/|mailto:)\S+$/i.test(href)
}

const words = StarterKit.configure({
  // Yjs undoes only what one wrote oneself. A trailing paragraph would be an edit made by reading.
  undoRedo: false,
  trailingNode: false,
  heading: { levels: [1, 2, 3] },
  link: {
    openOnClick: false,
    defaultProtocol: 'https',
    isAllowedUri: (href) => isSafeLink(href),
    HTMLAttributes: { rel: 'noopener noreferrer nofollow', target: '_blank' },
  },
})

/** Everything that a text may hold here. */
export const schema = getSchema([words])

const somebody = { id: '', name: 'Somebody' }

/** A caret with its owner's name. The text comes from others, so it goes in as text; the colour is ours to choose. */
function caretOf(user: unknown): HTMLElement {
  const { id, name } = personFrom(user) ?? somebody
  const caret = document.createElement('span')
  caret.className = 'caret'
  caret.style.setProperty('--who', colourOf(id))
  const label = document.createElement('span')
  label.className = 'caret-name'
  label.textContent = name
  caret.append(label)
  return caret
}

function selectionOf(user: unknown) {
  const { id } = personFrom(user) ?? somebody
  return { nodeName: 'span', class: 'caret-selection', style: `--who: ${colourOf(id)}` }
}

/** What can be written, and how it is shared. */
export function extensionsFor(live: LiveDocument, user: User, prompt: string): Extensions {
  return [
    words,
    Placeholder.configure({ placeholder: prompt, showOnlyWhenEditable: true }),
    Collaboration.configure({ document: live.doc, field: 'default' }),
    CollaborationCaret.configure({
      provider: live.provider,
      user: { id: user.id, name: user.name, color: colourOf(user.id) },
      render: caretOf,
      selectionRender: selectionOf,
    }),
  ]
}
