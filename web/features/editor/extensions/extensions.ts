import type { Extensions } from '@tiptap/core'
import { Placeholder } from '@tiptap/extension-placeholder'
import { textName } from '../../../../domain/documents/richtext/schema.ts'
import type { User } from '../../../lib/api-types.ts'
import { withFieldNodeViews } from '../../legal/field-node-view.ts'
import type { LiveDocument } from '../../../lib/collab/live-document.ts'
import { SharedText } from '../yjs/binding.ts'
import { compositionKey } from '../yjs/composition-hold.ts'
import { SharedCarets } from '../yjs/shared-carets.ts'
import { commentMarks } from '../../comments/comment-decorations.ts'
import { toUserColor, parsePerson } from '../../../lib/user-display.ts'
import { richTextWithSuggestions, suggestionMode } from '../../suggestions/suggestion-mode.ts'
import { listDirection } from '../direction/list-direction.ts'
import { autoLink } from '../links/auto-link.ts'
import { clauseNumbering, withCopiedNumbering } from '../../rich-text/clause-numbering.ts'
import { shownNumbers, withShownReferences } from '../../rich-text/shown-numbers.ts'
import { paste } from '../paste/paste.ts'
import { evenTableCommands } from '../yjs/uneven-tables.ts'
import { noMarksOnPlaceholders } from './placeholder-marks.ts'
import { unsupportedContent } from './unsupported-content.ts'

const unknownPerson = { id: '', name: 'Somebody' }

/** Renders a remote caret with its user's name. The name is untrusted, so it is set as text. */
function renderCaret(user: unknown): HTMLElement {
  const { id, name } = parsePerson(user) ?? unknownPerson
  const caret = document.createElement('span')
  caret.className = 'remote-caret'
  caret.style.setProperty('--user-color', toUserColor(id))
  const label = document.createElement('span')
  label.className = 'remote-caret-name'
  label.textContent = name
  caret.append(label)
  return caret
}

function toSelectionAttributes(user: unknown) {
  const { id } = parsePerson(user) ?? unknownPerson
  return { nodeName: 'span', class: 'remote-selection', style: `--user-color: ${toUserColor(id)}` }
}

/** What the page does on events in the text. */
export interface EditorCallbacks {
  onThread: (threadId: string) => void
  onSuggestion: (suggestionId: string) => void
  /** A change was rejected because it cannot be suggested. */
  onRefused: () => void
  /** Something cannot be pasted or dropped; the message says what. */
  onUnsupported: (message: string) => void
}

/** The editor's extensions: schema, suggestions, comments, and the Yjs binding. */
export function extensionsFor(liveDocument: LiveDocument, user: User, placeholder: string, callbacks: EditorCallbacks): Extensions {
  return [
    ...withCopiedNumbering(withShownReferences(withFieldNodeViews(richTextWithSuggestions, liveDocument))),
    ...unsupportedContent,
    shownNumbers(liveDocument.doc),
    clauseNumbering(liveDocument.doc),
    listDirection,
    evenTableCommands,
    autoLink,
    paste(callbacks.onUnsupported),
    suggestionMode(user.id, callbacks.onRefused, (state) => compositionKey.getState(state)?.keepsPlain() ?? false),
    commentMarks(callbacks.onThread, callbacks.onSuggestion),
    Placeholder.configure({ placeholder, showOnlyWhenEditable: true }),
    noMarksOnPlaceholders,
    SharedText.configure({ document: liveDocument.doc, field: textName }),
    SharedCarets.configure({
      provider: liveDocument.provider,
      user: { id: user.id, name: user.name, color: toUserColor(user.id) },
      render: renderCaret,
      selectionRender: toSelectionAttributes,
    }),
  ]
}
