import '../sections/sections.css'
import { VisuallyHidden } from '@mantine/core'
import { useElementSize } from '@mantine/hooks'
import { History as HistoryIcon } from 'lucide-react'
import { type CSSProperties, useEffect } from 'react'
import { Board } from '../board/board.tsx'
import type { LiveDocument } from '../../lib/collab/live-document.ts'
import { useLiveState } from '../../lib/collab/open-documents.ts'
import { DocumentHeader } from './header/document-header.tsx'
import { SkipLink } from '../../ui/skip-link.tsx'
import { toDocumentKind } from '../../ui/document-kind.tsx'
import { useLastViewed } from './last-viewed.ts'
import { toUserColor } from '../../lib/user-display.ts'
import { Plan } from '../plan/plan.tsx'
import { VersionHistory } from '../history/version-history.tsx'
import { SidePanel, SidePanelButtons } from '../../ui/side-panel.tsx'
import { usePanelState } from './panel-state.ts'
import type { SectionsProps } from '../sections/sections-props.ts'
import { useUndoKeys } from '../sections/section-undo.ts'
import { ReadOnlyNotice } from './read-only-notice.tsx'
import { showToast } from '../../ui/toast.ts'

interface RepairMessage {
  event: string
  repaired: { path: string; problem: string }[]
}

/** Tells the user what the server repaired in their edits. */
function useRepairMessages(liveDocument: LiveDocument) {
  useEffect(() => {
    function onStateless({ payload }: { payload: string }) {
      try {
        const { event, repaired } = JSON.parse(payload) as RepairMessage
        if (event !== 'document.repaired') return
        showToast(`The server put right what you wrote: ${repaired.map(({ path, problem }) => `${path} ${problem}`).join('; ')}`, 'red')
      } catch {
        // Other programs may send stateless messages of their own.
      }
    }
    liveDocument.provider.on('stateless', onStateless)
    return () => void liveDocument.provider.off('stateless', onStateless)
  }, [liveDocument])
}

/** The sections beside the text: the board of a space, the plan of a venture. */
export function SectionsPage({ liveDocument, user, record, canWrite }: SectionsProps) {
  const undoAnnouncement = useUndoKeys(liveDocument, canWrite)
  useLastViewed(liveDocument, useLiveState(liveDocument).isSynced)
  useEffect(() => {
    liveDocument.awareness.setLocalStateField('user', { id: user.id, name: user.name, color: toUserColor(user.id) })
  }, [liveDocument, user])

  useRepairMessages(liveDocument)

  const { activeTab, showTab, revision, setRevision } = usePanelState()
  const history = (
    <VersionHistory liveDocument={liveDocument} canWrite={canWrite} view="sections" selection={revision} onSelect={setRevision} />
  )
  const sidePanel = {
    tabs: [{ key: 'history', label: 'History', icon: HistoryIcon, content: history }],
    activeTab,
    onTabChange: showTab,
  }
  const header = useElementSize()
  const Sections = toDocumentKind(liveDocument.name) === 'plan' ? Plan : Board
  return (
    <div className="editor-layout" style={{ '--editor-header-height': `${header.height + 1}px` } as CSSProperties}>
      <header className="editor-header">
        <div ref={header.ref}>
          <SkipLink to="#main">Skip to the content</SkipLink>
          <DocumentHeader
            liveDocument={liveDocument}
            user={user}
            record={record}
            canWrite={canWrite}
            panelButtons={<SidePanelButtons {...sidePanel} />}
          />
          {!canWrite && <ReadOnlyNotice record={record} />}
        </div>
      </header>
      <VisuallyHidden role="status">{undoAnnouncement}</VisuallyHidden>
      <div className="editor-body">
        <main id="main" className="sections-page" tabIndex={-1}>
          <Sections liveDocument={liveDocument} user={user} record={record} canWrite={canWrite} />
        </main>
        <SidePanel {...sidePanel} />
      </div>
    </div>
  )
}
