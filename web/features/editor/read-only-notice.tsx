import { Alert, Button, Group, Text } from '@mantine/core'
import type { Editor } from '@tiptap/core'
import { Eye, Snowflake } from 'lucide-react'
import type { StoredDocument } from '../../lib/collab/offline-store.ts'
import { useLiveState } from '../../lib/collab/open-documents.ts'
import { copyText } from '../../lib/clipboard.ts'
import type { LiveDocument } from '../../lib/collab/live-document.ts'
import { showToast } from '../../ui/toast.ts'

/** Shown instead of the toolbar: why the document is read-only. */
export function ReadOnlyNotice({ record }: { record: StoredDocument | null }) {
  const Icon = record?.frozenAt ? Snowflake : Eye
  const reason = record?.frozenAt
    ? 'This document is frozen: its words stay as they are, for everybody.'
    : 'You can view this document. An owner can give you access to comment or edit.'
  return (
    <div className="read-only-notice">
      <Icon size={16} aria-hidden="true" />
      <Text size="sm">{reason}</Text>
    </div>
  )
}

interface RefusedEditsProps {
  liveDocument: LiveDocument
  editor: Editor
  onDiscarded: () => void
}

/** Shown when the server rejected edits of this browser. The user can copy the text or discard the edits. */
export function RefusedEdits({ liveDocument, editor, onDiscarded }: RefusedEditsProps) {
  const { hasRefusedEdits } = useLiveState(liveDocument)
  if (!hasRefusedEdits) return null
  return (
    <Alert color="yellow" className="refused-edits" title="Some of your changes were not accepted">
      <Text size="sm" mb="sm">
        They arrived when you could no longer write here, or somebody changed the same text at the same moment. Only this browser has them.
        Copy the text if you need it. Discarding shows the document as everybody else sees it.
      </Text>
      <Group gap="xs">
        <Button
          size="xs"
          variant="default"
          onClick={() => void copyText(editor.getText()).then((copied) => copied && showToast('The text is copied.'))}
        >
          Copy the text
        </Button>
        <Button size="xs" color="red" variant="light" onClick={() => void liveDocument.discard().then(onDiscarded)}>
          Discard my changes
        </Button>
      </Group>
    </Alert>
  )
}
