import { Alert, Button, Group, Text } from '@mantine/core'
import type { Editor } from '@tiptap/core'
import { Eye, MessageSquareText, Snowflake } from 'lucide-react'
import type { CopyRecord } from './copies.ts'
import { useLiveState } from './desk.ts'
import { copyText } from './clipboard.ts'
import type { LiveDocument } from './live.ts'
import { say } from './toast.ts'

/** In the toolbar's place where one cannot write: why. */
export function Standing({ record }: { record: CopyRecord | null }) {
  const Icon = record?.frozenAt ? Snowflake : record?.role === 'commenter' ? MessageSquareText : Eye
  const why = record?.frozenAt
    ? 'This document is frozen: its words stay as they are, for everybody.'
    : record?.role === 'commenter'
      ? 'Choose words to comment on them or to suggest others.'
      : 'You may read this, not change it. An owner can let you edit.'
  return (
    <div className="standing">
      <Icon size={16} aria-hidden="true" />
      <Text size="sm">{why}</Text>
    </div>
  )
}

interface RefusedEditsProps {
  live: LiveDocument
  editor: Editor
  onDiscarded: () => void
}

/** When the server did not take what was written here: it is still on this page, and one decides about it. */
export function RefusedEdits({ live, editor, onDiscarded }: RefusedEditsProps) {
  const { editsRefused } = useLiveState(live)
  if (!editsRefused) return null
  return (
    <Alert color="yellow" className="refused-edits" title="Some of your changes were not accepted">
      <Text size="sm" mb="sm">
        You could no longer write here when they arrived, so only this browser has them. Copy the text if you need it; discarding shows the
        document as everybody else sees it.
      </Text>
      <Group gap="xs">
        <Button
          size="xs"
          variant="default"
          onClick={() => void copyText(editor.getText()).then((copied) => copied && say('The text is copied.'))}
        >
          Copy the text
        </Button>
        <Button size="xs" color="red" variant="light" onClick={() => void live.discard().then(onDiscarded)}>
          Discard my changes
        </Button>
      </Group>
    </Alert>
  )
}
