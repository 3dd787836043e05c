import type { Editor } from '@tiptap/core'
import { useEditor } from '@tiptap/react'
import { useEffect, useMemo } from 'react'
import type { User } from '../../lib/api-types.ts'
import type { LiveDocument } from '../../lib/collab/live-document.ts'
import { documentKinds, toDocumentKind } from '../../ui/document-kind.tsx'
import { setSuggesting, wasSuggesting } from '../suggestions/suggestion-mode.ts'
import { type EditorCallbacks, extensionsFor } from './extensions/extensions.ts'

interface TextEditorOptions {
  liveDocument: LiveDocument
  user: User
  title: string
  canWrite: boolean
  /** Whether the user may only suggest changes: the editor stays in suggestion mode. */
  canSuggest: boolean
  callbacks: EditorCallbacks
  /** Called when the text cannot be rendered. It must not be edited then. */
  onUnreadable: () => void
}

/** Creates the editor of a document's text. It is kept while the document is open. */
export function useTextEditor({ liveDocument, user, title, canWrite, canSuggest, callbacks, onUnreadable }: TextEditorOptions): Editor {
  const isEditable = canWrite || canSuggest
  const kind = toDocumentKind(liveDocument.name) ?? 'legal'
  const extensions = useMemo(
    () => extensionsFor(liveDocument, user, documentKinds[kind].prompt, callbacks),
    [liveDocument, user, kind, callbacks],
  )
  const editor = useEditor(
    {
      extensions,
      editable: isEditable,
      onContentError: onUnreadable,
      editorProps: {
        attributes: {
          class: 'rich-text',
          role: 'textbox',
          'aria-multiline': 'true',
          'aria-readonly': String(!isEditable),
          'aria-label': `Text of ${title}`,
          spellcheck: 'true',
        },
      },
    },
    [liveDocument],
  )
  useEffect(() => {
    editor.setEditable(isEditable, false)
    setSuggesting(editor, canSuggest || wasSuggesting(liveDocument.name))
  }, [editor, liveDocument, isEditable, canSuggest])
  return editor
}
