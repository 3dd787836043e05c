import { ActionIcon, Badge, Button } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import type { ReactNode } from 'react'
import { ArrowLeft, Share2, Snowflake } from 'lucide-react'
import { Link } from 'wouter'
import { Account } from './account.tsx'
import { ConversationsLink } from './conversations-link.tsx'
import { DocumentBell } from './bell.tsx'
import type { User } from './contract.ts'
import type { CopyRecord } from './copies.ts'
import type { LiveDocument } from './live.ts'
import { ExportMenu } from './export-menu.tsx'
import { Presence } from './presence.tsx'
import { SavedMark } from './saved.tsx'
import { Share } from './share.tsx'
import { Title } from './title.tsx'
import { Views } from './views.tsx'

interface EditorBarProps {
  live: LiveDocument
  user: User
  record: CopyRecord | null
  writes: boolean
  /** Buttons for what is shown beside the text. */
  beside?: ReactNode
}

/** Above the paper: what it is, whether it is saved, who is here, whom to ask in. */
export function EditorBar({ live, user, record, writes, beside }: EditorBarProps) {
  const [sharing, share] = useDisclosure(false)
  return (
    <div className="editor-bar">
      <ActionIcon component={Link} href="/" variant="subtle" color="gray" size="lg" aria-label="Back to your documents">
        <ArrowLeft size={20} aria-hidden="true" />
      </ActionIcon>
      <Title documentName={live.name} title={record?.title ?? ''} editable={writes} />
      {record?.frozenAt ? (
        <Badge className="editor-badge" color="gray" variant="light" leftSection={<Snowflake size={12} aria-hidden="true" />}>
          Frozen
        </Badge>
      ) : (
        !writes && (
          <Badge className="editor-badge" color="gray" variant="light">
            {record?.role === 'commenter' ? 'Comment only' : 'View only'}
          </Badge>
        )
      )}
      <Views documentName={live.name} />
      <SavedMark live={live} writes={writes} />
      <Presence live={live} user={user} />
      {beside}
      <ConversationsLink documentName={live.name} />
      <ExportMenu documentName={live.name} />
      <Button className="share-button" leftSection={<Share2 size={16} aria-hidden="true" />} onClick={share.open}>
        Share
      </Button>
      <DocumentBell documentName={live.name} />
      <Account />
      <Share opened={sharing} onClose={share.close} documentName={live.name} user={user} />
    </div>
  )
}
