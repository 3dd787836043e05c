import './past.css'
import { useElementSize } from '@mantine/hooks'
import { EditorContent, useEditor } from '@tiptap/react'
import { History as HistorySign } from 'lucide-react'
import { type CSSProperties, type MouseEvent, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import type { Transaction } from 'yjs'
import { Aside, AsideButtons, type AsidePart, useRoomBeside } from './aside.tsx'
import { ChangedLine } from './changed-line.tsx'
import type { User } from './contract.ts'
import type { CopyRecord } from './copies.ts'
import { useLiveState } from './desk.ts'
import { useAnswers, useDiscussion } from './discussion.tsx'
import { DraftTools } from './draft-tools.tsx'
import { EditorBar } from './editor-bar.tsx'
import { extensionsFor } from './extensions.ts'
import { SkipLink } from './header.tsx'
import { History } from './history.tsx'
import { kindOfName, kinds } from './kind.tsx'
import type { LiveDocument } from './live.ts'
import { useLook } from './look.ts'
import type { Chosen } from './moments.ts'
import { PastLine } from './past-line.tsx'
import { PastText } from './past-text.tsx'
import { RefusedEdits, Standing } from './standing.tsx'
import { SelectionTools } from './selection-tools.tsx'
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
  const { answers, hear } = useAnswers()
  const extensions = useMemo(() => extensionsFor(live, user, kinds[kind].prompt, answers), [live, user, kind, answers])
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

  const beside = useRoomBeside()
  const top = useElementSize()
  const [shown, setShown] = useState<string | null>(null)
  const [chosen, setChosen] = useState<Chosen | null>(null)
  const look = useLook(live, useLiveState(live).synced)

  const show = useCallback((key: string | null) => {
    setShown(key)
    if (key !== 'history') setChosen(null)
  }, [])
  function showChanges(since: number) {
    look.forget()
    setChosen({ at: since, view: 'changes', until: null })
    setShown('history')
  }
  const discussion = useDiscussion({ editor, live, user, record, writes, hear, onShow: show })
  const parts: AsidePart[] = [
    ...discussion.parts,
    {
      key: 'history',
      label: 'History',
      icon: HistorySign,
      content: <History live={live} writes={writes} chosen={chosen} onChoose={setChosen} />,
    },
  ]
  const aside = { parts, shown, onShow: show }
  const past = beside ? chosen : null

  return (
    <div className="desk" style={{ '--desk-top': `${top.height + 1}px` } as CSSProperties}>
      <header className="desk-top">
        <div ref={top.ref}>
          <SkipLink to=".paper-text">Skip to the text</SkipLink>
          <EditorBar live={live} user={user} record={record} writes={writes} beside={<AsideButtons {...aside} />} />
          {past ? (
            <PastLine documentName={live.name} chosen={past} onBack={() => setChosen(null)} />
          ) : writes ? (
            <Toolbar editor={editor} ref={toolbar}>
              {kind === 'legal' && <DraftTools live={live} editor={editor} />}
            </Toolbar>
          ) : (
            <Standing record={record} />
          )}
        </div>
      </header>
      <div className="desk-body">
        <main id="main" className="desk-middle">
          <RefusedEdits live={live} editor={editor} onDiscarded={onAgain} />
          {look.since !== null && <ChangedLine onShow={() => showChanges(look.since ?? 0)} onDismiss={look.forget} />}
          {past && (
            <div className="paper">
              <PastText documentName={live.name} chosen={past} />
            </div>
          )}
          <div className="paper" onMouseDown={writeOn} hidden={past !== null}>
            <EditorContent editor={editor} className="paper-body" />
            {discussion.mayComment && (
              <SelectionTools
                editor={editor}
                live={live}
                suggests={discussion.suggests}
                onComment={discussion.onComment}
                onThread={answers.onThread}
              />
            )}
          </div>
        </main>
        <Aside {...aside} />
      </div>
    </div>
  )
}
