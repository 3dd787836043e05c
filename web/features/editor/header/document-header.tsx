import { ActionIcon, Badge, Button } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import type { ReactNode } from 'react'
import { ArrowLeft, Share2, Snowflake } from 'lucide-react'
import { Link } from 'wouter'
import { AccountMenu } from '../../account/account-menu.tsx'
import { ConversationsLink } from '../../messaging/conversations-link.tsx'
import { DocumentBell } from '../../inbox/notification-bell.tsx'
import type { User } from '../../../lib/api-types.ts'
import type { StoredDocument } from '../../../lib/collab/offline-store.ts'
import type { LiveDocument } from '../../../lib/collab/live-document.ts'
import { ExportMenu } from './export-menu.tsx'
import { DocumentPresence } from '../../presence/presence.tsx'
import { SaveStatus } from './save-status.tsx'
import { ShareDialog } from '../../sharing/share-dialog.tsx'
import { DocumentTitle } from './document-title.tsx'
import { DraftState } from '../../signing/draft-state.tsx'
import { roleLabels } from '../../../lib/role-labels.ts'
import { toDocumentKind } from '../../../ui/document-kind.tsx'
import { ViewSwitch } from './view-switch.tsx'

interface DocumentHeaderProps {
  liveDocument: LiveDocument
  user: User
  record: StoredDocument | null
  canWrite: boolean
  /** Buttons that open the tabs of the side panel. */
  panelButtons?: ReactNode
}

/** The header of a document: title, save status, people, export, share. */
export function DocumentHeader({ liveDocument, user, record, canWrite, panelButtons }: DocumentHeaderProps) {
  const [isSharing, shareDialog] = useDisclosure(false)
  const kind = toDocumentKind(liveDocument.name)
  return (
    <div className="document-header">
      <ActionIcon component={Link} href="/" variant="subtle" color="gray" size="lg" aria-label="Back to your documents">
        <ArrowLeft size={20} aria-hidden="true" />
      </ActionIcon>
      <DocumentTitle documentName={liveDocument.name} title={record?.title ?? ''} editable={canWrite} />
      {kind === 'legal' && <DraftState documentName={liveDocument.name} canPrepare={record !== null && roleLabels[record.role].canWrite} />}
      {record?.frozenAt ? (
        <Badge className="document-badge" color="gray" variant="light" leftSection={<Snowflake size={12} aria-hidden="true" />}>
          Frozen
        </Badge>
      ) : (
        !canWrite && (
          <Badge className="document-badge" color="gray" variant="light">
            {record?.role === 'commenter' ? 'Comment only' : 'View only'}
          </Badge>
        )
      )}
      <ViewSwitch documentName={liveDocument.name} />
      <SaveStatus liveDocument={liveDocument} canWrite={canWrite} />
      <DocumentPresence liveDocument={liveDocument} user={user} />
      {panelButtons}
      <ConversationsLink documentName={liveDocument.name} />
      <ExportMenu documentName={liveDocument.name} />
      <Button className="share-button" leftSection={<Share2 size={16} aria-hidden="true" />} onClick={shareDialog.open}>
        Share
      </Button>
      <DocumentBell documentName={liveDocument.name} />
      <AccountMenu />
      <ShareDialog opened={isSharing} onClose={shareDialog.close} documentName={liveDocument.name} user={user} />
    </div>
  )
}
