import type { Editor } from '@tiptap/core'
import { useEditor } from '@tiptap/react'
import { useEffect, useMemo } from 'react'
import type { User } from '../../lib/api-types.ts'
import type { LiveDocument } from '../../lib/collab/live-document.ts'
import { documentKinds, toDocumentKind } from '../../ui/document-kind.tsx'
import { type EditorCallbacks, extensionsFor } from './extensions/extensions.ts'

interface TextEditorOptions {
  liveDocument: LiveDocument
  user: User
  title: string
  canWrite: boolean
  callbacks: EditorCallbacks
  /** Called when the text cannot be rendered. It must not be edited then. */
  onUnreadable: () => void
}

/** Creates the editor of a document's text. It is kept while the document is open. */
export function useTextEditor({ liveDocument, user, title, canWrite, callbacks, onUnreadable }: TextEditorOptions): Editor {
  const kind = toDocumentKind(liveDocument.name) ?? 'legal'
  const extensions = useMemo(
    () => extensionsFor(liveDocument, user, documentKinds[kind].prompt, callbacks),
    [liveDocument, user, kind, callbacks],
  )
  const editor = useEditor(
    {
      extensions,
      editable: canWrite,
      onContentError: onUnreadable,
      editorProps: {
        attributes: {
          class: 'rich-text',
          role: 'textbox',
          'aria-multiline': 'true',
          'aria-readonly': String(!canWrite),
          'aria-label': `Text of ${title}`,
          spellcheck: 'true',
        },
      },
    },
    [liveDocument],
  )
  useEffect(() => {
    editor.setEditable(canWrite, false)
  }, [editor, canWrite])
  return editor
}
