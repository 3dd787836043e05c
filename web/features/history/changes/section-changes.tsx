import { Alert, Stack, Text } from '@mantine/core'
import { toErrorMessage } from '../../../lib/problem.ts'
import { toDocumentKind } from '../../../ui/document-kind.tsx'
import { LoadingText } from '../../../ui/loading.tsx'
import { ChangeList } from './change-list.tsx'
import { summarizeChanges } from './change-words.ts'
import { type RevisionSelection, toComparedRevision, useRevisionChanges } from '../history-queries.ts'

interface SectionChangesProps {
  documentName: string
  selection: RevisionSelection
  /** The sequence number of the current version. */
  head: number
}

/** What changed on a board or plan between the selected revision and the one that it is compared with. */
export function SectionChanges({ documentName, selection, head }: SectionChangesProps) {
  const compared = toComparedRevision(selection, head)
  const query = useRevisionChanges(documentName, Math.min(selection.at, compared), Math.max(selection.at, compared))
  if (query.error) return <Alert color="red">{toErrorMessage(query.error)}</Alert>
  if (!query.data) return <LoadingText />
  const { changes } = query.data
  return (
    <Stack gap="md" data-stale={query.isPlaceholderData || undefined}>
      <Text size="sm" c="dimmed" role="status">
        {summarizeChanges(changes, toDocumentKind(documentName))}
      </Text>
      <ChangeList documentName={documentName} changes={changes} parts={['sections', 'fields', 'text']} />
    </Stack>
  )
}
