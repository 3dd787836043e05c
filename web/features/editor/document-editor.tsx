import '../history/revision-view.css'
import { useElementSize } from '@mantine/hooks'
import { ClipboardCheck, History as HistoryIcon } from 'lucide-react'
import type { CSSProperties, ReactNode } from 'react'
import { SidePanel, SidePanelButtons, type SidePanelTab, useIsWide } from '../../ui/side-panel.tsx'
import { ChangesNotice } from './changes-notice.tsx'
import type { User } from '../../lib/api-types.ts'
import type { StoredDocument } from '../../lib/collab/offline-store.ts'
import { useLiveState } from '../../lib/collab/open-documents.ts'
import { useEditorCallbacks, useReviewPanels } from './review-panels.tsx'
import { DocumentHeader } from './header/document-header.tsx'
import { SkipLink } from '../../ui/skip-link.tsx'
import { VersionHistory } from '../history/version-history.tsx'
import type { LiveDocument } from '../../lib/collab/live-document.ts'
import { useLastViewed } from './last-viewed.ts'
import { usePanelState } from './panel-state.ts'
import { ReviewPanel } from '../review/review-panel.tsx'
import { toDocumentKind } from '../../ui/document-kind.tsx'
import { RevisionBanner } from '../history/revision-banner.tsx'
import { RevisionView } from '../history/revision-view.tsx'
import { OutdatedNotice, useNewerSchema } from './outdated-notice.tsx'
import { RefusedEdits } from './read-only-notice.tsx'
import { EditingTools } from './toolbar/editing-tools.tsx'
import { useTextEditor } from './text-editor.ts'
import { TableToolbar } from './tables/table-toolbar.tsx'
import { TextPage } from './text-page.tsx'

const createHistoryTab = (content: ReactNode): SidePanelTab => ({ key: 'history', label: 'History', icon: HistoryIcon, content })

const createReviewTab = (content: ReactNode): SidePanelTab => ({ key: 'review', label: 'Review', icon: ClipboardCheck, content })

interface DocumentEditorProps {
  liveDocument: LiveDocument
  user: User
  record: StoredDocument | null
  canWrite: boolean
  /** Whether the user may only suggest changes. */
  canSuggest: boolean
  /** Called when the text cannot be rendered. It must not be edited then. */
  onUnreadable: () => void
  onRetry: () => void
}

/** The editor of a document, with its header, toolbar and side panel. */
export function DocumentEditor({ liveDocument, user, record, onUnreadable, onRetry, ...access }: DocumentEditorProps) {
  const isOutdated = useNewerSchema(liveDocument)
  const canWrite = access.canWrite && !isOutdated
  const canSuggest = access.canSuggest && !isOutdated
  const { callbacks, setCallbacks } = useEditorCallbacks()
  const editor = useTextEditor({ liveDocument, user, title: record?.title || 'Untitled', canWrite, canSuggest, callbacks, onUnreadable })
  const header = useElementSize()
  const lastViewed = useLastViewed(liveDocument, useLiveState(liveDocument).isSynced)
  const { activeTab, showTab, revision, setRevision, showChanges } = usePanelState()
  const review = useReviewPanels({ editor, liveDocument, user, record, canWrite, setCallbacks, onTabChange: showTab })
  const historyTab = createHistoryTab(
    <VersionHistory liveDocument={liveDocument} canWrite={canWrite} view="text" selection={revision} onSelect={setRevision} />,
  )
  const reviewTab = createReviewTab(
    <ReviewPanel documentName={liveDocument.name} liveDocument={liveDocument} user={user} canAsk={canWrite} onTabChange={showTab} />,
  )
  const isLegal = toDocumentKind(liveDocument.name) === 'legal'
  const sidePanel = { tabs: [...review.tabs, ...(isLegal ? [reviewTab] : []), historyTab], activeTab, onTabChange: showTab }
  const shownRevision = useIsWide() ? revision : null

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
          ) : isOutdated ? (
            <OutdatedNotice />
          ) : (
            <EditingTools editor={editor} liveDocument={liveDocument} record={record} canWrite={canWrite} canSuggest={canSuggest} />
          )}
        </div>
      </header>
      <div className="editor-body">
        <main id="main" className="editor-main">
          <RefusedEdits liveDocument={liveDocument} editor={editor} onDiscarded={onRetry} />
          <ChangesNotice lastViewed={lastViewed} onShow={showChanges} />
          {shownRevision && (
            <div className="document-page">
              <RevisionView documentName={liveDocument.name} selection={shownRevision} />
            </div>
          )}
          <TextPage editor={editor} canWrite={canWrite || canSuggest} hidden={shownRevision !== null}>
            {review.selectionMenu}
            {canWrite && <TableToolbar editor={editor} />}
          </TextPage>
        </main>
        <SidePanel {...sidePanel} />
      </div>
    </div>
  )
}
