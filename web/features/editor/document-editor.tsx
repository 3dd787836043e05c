import '../history/revision-view.css'
import { useElementSize } from '@mantine/hooks'
import { EditorContent, useEditor } from '@tiptap/react'
import { History as HistoryIcon } from 'lucide-react'
import { type CSSProperties, type MouseEvent, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { SidePanel, SidePanelButtons, type SidePanelTab, useIsWide } from '../../ui/side-panel.tsx'
import { ChangesNotice } from './changes-notice.tsx'
import type { User } from '../../lib/api-types.ts'
import type { StoredDocument } from '../../lib/collab/offline-store.ts'
import { useLiveState } from '../../lib/collab/open-documents.ts'
import { useEditorCallbacks, useReviewPanels } from './review-panels.tsx'
import { DraftTools } from '../legal/draft-tools.tsx'
import { DocumentHeader } from './header/document-header.tsx'
import { extensionsFor } from './extensions/extensions.ts'
import { SkipLink } from '../../ui/skip-link.tsx'
import { VersionHistory } from '../history/version-history.tsx'
import { toDocumentKind, documentKinds } from '../../ui/document-kind.tsx'
import type { LiveDocument } from '../../lib/collab/live-document.ts'
import { useLastViewed } from './last-viewed.ts'
import type { RevisionSelection } from '../history/history-queries.ts'
import { RevisionBanner } from '../history/revision-banner.tsx'
import { RevisionView } from '../history/revision-view.tsx'
import { RefusedEdits, ReadOnlyNotice } from './read-only-notice.tsx'
import { SelectionBubbleMenu } from './toolbar/bubble-menu.tsx'
import { Toolbar } from './toolbar/toolbar.tsx'

interface DocumentEditorProps {
  liveDocument: LiveDocument
  user: User
  record: StoredDocument | null
  canWrite: boolean
  /** Called when the text cannot be rendered. It must not be edited then. */
  onUnreadable: () => void
  onRetry: () => void
}

/** The editor of a document, with its header, toolbar and side panel. */
export function DocumentEditor({ liveDocument, user, record, canWrite, onUnreadable, onRetry }: DocumentEditorProps) {
  const kind = toDocumentKind(liveDocument.name) ?? 'legal'
  const toolbar = useRef<HTMLDivElement>(null)
  const { callbacks, setCallbacks } = useEditorCallbacks()
  const extensions = useMemo(
    () => extensionsFor(liveDocument, user, documentKinds[kind].prompt, callbacks),
    [liveDocument, user, kind, callbacks],
  )
  const title = record?.title || 'Untitled'
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

  // Alt+F10 focuses the toolbar, as in other editors; Escape in the toolbar returns to the text.
  useEffect(() => {
    function focusToolbar(event: KeyboardEvent) {
      if (!event.altKey || event.key !== 'F10') return
      event.preventDefault()
      toolbar.current?.querySelector<HTMLElement>('[tabindex="0"]')?.focus()
    }
    document.addEventListener('keydown', focusToolbar)
    return () => document.removeEventListener('keydown', focusToolbar)
  }, [])

  /** A click below the last line focuses the end of the text, in an empty paragraph. */
  function focusEnd(event: MouseEvent) {
    if (event.target !== event.currentTarget || !canWrite) return
    event.preventDefault()
    const { lastChild, content } = editor.state.doc
    if (lastChild?.type.name === 'paragraph') editor.commands.focus('end')
    else editor.chain().insertContentAt(content.size, { type: 'paragraph' }).focus('end').run()
  }

  const isWide = useIsWide()
  const header = useElementSize()
  const [activeTab, setActiveTab] = useState<string | null>(null)
  const [revision, setRevision] = useState<RevisionSelection | null>(null)
  const lastViewed = useLastViewed(liveDocument, useLiveState(liveDocument).isSynced)

  const showTab = useCallback((key: string | null) => {
    setActiveTab(key)
    if (key !== 'history') setRevision(null)
  }, [])
  function showChanges(since: number) {
    lastViewed.dismiss()
    setRevision({ at: since, view: 'changes', compareTo: null })
    setActiveTab('history')
  }
  const review = useReviewPanels({ editor, liveDocument, user, record, canWrite, setCallbacks, onTabChange: showTab })
  const tabs: SidePanelTab[] = [
    ...review.tabs,
    {
      key: 'history',
      label: 'History',
      icon: HistoryIcon,
      content: <VersionHistory liveDocument={liveDocument} canWrite={canWrite} selection={revision} onSelect={setRevision} />,
    },
  ]
  const sidePanel = { tabs, activeTab, onTabChange: showTab }
  const shownRevision = isWide ? revision : null

  return (
    <div className="editor-layout" style={{ '--editor-header-height': `${header.height + 1}px` } as CSSProperties}>
      <header className="editor-header">
        <div ref={header.ref}>
          <SkipLink to=".rich-text">Skip to the text</SkipLink>
          <DocumentHeader
            liveDocument={liveDocument}
            user={user}
            record={record}
            canWrite={canWrite}
            panelButtons={<SidePanelButtons {...sidePanel} />}
          />
          {shownRevision ? (
            <RevisionBanner documentName={liveDocument.name} selection={shownRevision} onBack={() => setRevision(null)} />
          ) : canWrite ? (
            <Toolbar editor={editor} ref={toolbar}>
              {kind === 'legal' && <DraftTools liveDocument={liveDocument} editor={editor} />}
            </Toolbar>
          ) : (
            <ReadOnlyNotice record={record} />
          )}
        </div>
      </header>
      <div className="editor-body">
        <main id="main" className="editor-main">
          <RefusedEdits liveDocument={liveDocument} editor={editor} onDiscarded={onRetry} />
          {lastViewed.since !== null && <ChangesNotice onShow={() => showChanges(lastViewed.since ?? 0)} onDismiss={lastViewed.dismiss} />}
          {shownRevision && (
            <div className="document-page">
              <RevisionView documentName={liveDocument.name} selection={shownRevision} />
            </div>
          )}
          <div className="document-page" onMouseDown={focusEnd} hidden={shownRevision !== null}>
            <EditorContent editor={editor} className="document-page-body" />
            {review.canComment && (
              <SelectionBubbleMenu
                editor={editor}
                liveDocument={liveDocument}
                canSuggest={review.canSuggest}
                onComment={review.onComment}
                onThread={callbacks.onThread}
              />
            )}
          </div>
        </main>
        <SidePanel {...sidePanel} />
      </div>
    </div>
  )
}
