import type { Editor } from '@tiptap/core'
import { EditorContent } from '@tiptap/react'
import type { MouseEvent, ReactNode } from 'react'

/** Focuses the end of the text, in an empty paragraph. */
function focusEnd(editor: Editor) {
  const { lastChild, content } = editor.state.doc
  if (lastChild?.type.name === 'paragraph') editor.commands.focus('end')
  else editor.chain().insertContentAt(content.size, { type: 'paragraph' }).focus('end').run()
}

interface TextPageProps {
  editor: Editor
  canWrite: boolean
  hidden: boolean
  /** Menus over the text. */
  children: ReactNode
}

/** The page with the text. A click below the last line focuses the end of the text. */
export function TextPage({ editor, canWrite, hidden, children }: TextPageProps) {
  function onMouseDown(event: MouseEvent) {
    if (event.target !== event.currentTarget || !canWrite) return
    event.preventDefault()
    focusEnd(editor)
  }
  return (
    <div className="document-page" onMouseDown={onMouseDown} hidden={hidden}>
      <EditorContent editor={editor} />
      {children}
    </div>
  )
}
