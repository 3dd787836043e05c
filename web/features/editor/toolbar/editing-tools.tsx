import type { Editor } from '@tiptap/core'
import { DraftTools } from '../../legal/draft-tools.tsx'
import type { LiveDocument } from '../../../lib/collab/live-document.ts'
import type { StoredDocument } from '../../../lib/collab/offline-store.ts'
import { toDocumentKind } from '../../../ui/document-kind.tsx'
import { ReadOnlyNotice } from '../read-only-notice.tsx'
import { Toolbar } from './toolbar.tsx'

interface EditingToolsProps {
  editor: Editor
  liveDocument: LiveDocument
  record: StoredDocument | null
  canWrite: boolean
  canSuggest: boolean
}

/** The toolbar with the tools of the document's kind, or why the document is read-only. */
export function EditingTools({ editor, liveDocument, record, canWrite, canSuggest }: EditingToolsProps) {
  if (!canWrite && !canSuggest) return <ReadOnlyNotice record={record} />
  return (
    <Toolbar editor={editor} liveDocument={liveDocument} canWrite={canWrite}>
      {canWrite && toDocumentKind(liveDocument.name) === 'legal' && <DraftTools liveDocument={liveDocument} editor={editor} />}
    </Toolbar>
  )
}
