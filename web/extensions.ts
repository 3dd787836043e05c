import type { Extensions } from '@tiptap/core'
import { Collaboration } from '@tiptap/extension-collaboration'
import { CollaborationCaret } from '@tiptap/extension-collaboration-caret'
import { Placeholder } from '@tiptap/extension-placeholder'
import { textName } from '../domain/documents/prose.ts'
import type { User } from './contract.ts'
import { shownFields } from './field-view.ts'
import type { LiveDocument } from './live.ts'
import { commentMarks } from './comment-marks.ts'
import { colourOf, personFrom } from './person.ts'
import { colouredProse, suggestionMode } from './suggestion-mode.ts'

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

/** What the page does when something happens in the text. */
export interface Answers {
  onThread: (threadId: string) => void
  onSuggestion: (suggestionId: string) => void
  /** A change cannot be suggested, and was not made. */
  onRefused: () => void
}

/** What can be written, and how it is shared. */
export function extensionsFor(live: LiveDocument, user: User, prompt: string, answers: Answers): Extensions {
  return [
    ...shownFields(colouredProse, live),
    suggestionMode(user.id, answers.onRefused),
    commentMarks(answers.onThread, answers.onSuggestion),
    Placeholder.configure({ placeholder: prompt, showOnlyWhenEditable: true }),
    Collaboration.configure({ document: live.doc, field: textName }),
    CollaborationCaret.configure({
      provider: live.provider,
      user: { id: user.id, name: user.name, color: colourOf(user.id) },
      render: caretOf,
      selectionRender: selectionOf,
    }),
  ]
}
