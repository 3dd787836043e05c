import { EditorContent, useEditor } from '@tiptap/react'
import { type MouseEvent, useEffect, useMemo, useRef } from 'react'
import type { Transaction } from 'yjs'
import type { User } from './contract.ts'
import type { CopyRecord } from './copies.ts'
import { EditorBar } from './editor-bar.tsx'
import { extensionsFor } from './extensions.ts'
import { SkipLink } from './header.tsx'
import { kindOfName, kinds } from './kind.tsx'
import type { LiveDocument } from './live.ts'
import { RefusedEdits, Standing } from './standing.tsx'
import { Toolbar } from './toolbar.tsx'
import { unknownFrom } from './unknown.ts'

interface WritingProps {
  live: LiveDocument
  user: User
  record: CopyRecord | null
  writes: boolean
  /** Somebody has just written what this editor has no name for. */
  onUnknown: (parts: string[]) => void
  onAgain: () => void
}

/** The document on its paper, with the bar above it. */
export function Writing({ live, user, record, writes, onUnknown, onAgain }: WritingProps) {
  const kind = kindOfName(live.name) ?? 'legal'
  const toolbar = useRef<HTMLDivElement>(null)
  const extensions = useMemo(() => extensionsFor(live, user, kinds[kind].prompt), [live, user, kind])
  const title = record?.title || 'Untitled'
  const editor = useEditor(
    {
      extensions,
      editable: writes,
      editorProps: {
        attributes: {
          class: 'paper-text',
          role: 'textbox',
          'aria-multiline': 'true',
          'aria-readonly': String(!writes),
          'aria-label': `Text of ${title}`,
          spellcheck: 'true',
        },
      },
    },
    [live],
  )

  useEffect(() => {
    editor.setEditable(writes, false)
  }, [editor, writes])

  useEffect(() => {
    // Before the binding's own observers: it must let go of the document while the new parts are still there.
    function look(transaction: Transaction) {
      const unknown = transaction.local ? [] : unknownFrom(transaction, live.text, editor.schema)
      if (unknown.length === 0) return
      editor.destroy()
      onUnknown(unknown)
    }
    live.doc.on('beforeObserverCalls', look)
    return () => live.doc.off('beforeObserverCalls', look)
  }, [live, editor, onUnknown])

  // Alt+F10 leads to the toolbar, as in other editors; Escape in the toolbar leads back.
  useEffect(() => {
    function toToolbar(event: KeyboardEvent) {
      if (!event.altKey || event.key !== 'F10') return
      event.preventDefault()
      toolbar.current?.querySelector<HTMLElement>('[tabindex="0"]')?.focus()
    }
    document.addEventListener('keydown', toToolbar)
    return () => document.removeEventListener('keydown', toToolbar)
  }, [])

  /** A click on the white below the last line means: go on writing there. */
  function writeOn(event: MouseEvent) {
    if (event.target !== event.currentTarget || !writes) return
    event.preventDefault()
    const { lastChild, content } = editor.state.doc
    if (lastChild?.type.name === 'paragraph') editor.commands.focus('end')
    else editor.chain().insertContentAt(content.size, { type: 'paragraph' }).focus('end').run()
  }

  return (
    <div className="desk">
      <header className="desk-top">
        <SkipLink to=".paper-text">Skip to the text</SkipLink>
        <EditorBar live={live} user={user} record={record} writes={writes} />
        {writes ? <Toolbar editor={editor} ref={toolbar} /> : <Standing record={record} />}
      </header>
      <main id="main" className="desk-middle">
        <RefusedEdits live={live} editor={editor} onDiscarded={onAgain} />
        <div className="paper" onMouseDown={writeOn}>
          <EditorContent editor={editor} className="paper-body" />
        </div>
      </main>
    </div>
  )
}
