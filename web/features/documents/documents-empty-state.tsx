import { Button, Text, Title } from '@mantine/core'
import type { DocumentKind } from '../../lib/api-types.ts'
import { DocumentKindIcon, documentKindOrder, documentKinds } from '../../ui/document-kind.tsx'

interface DocumentsEmptyStateProps {
  kind: DocumentKind | null
  q: string
  onCreate: (kind: DocumentKind) => void
  onClear: () => void
}

/** Shown for an empty list: what can be created here, or that the search found nothing. */
export function DocumentsEmptyState({ kind, q, onCreate, onClear }: DocumentsEmptyStateProps) {
  if (q) {
    return (
      <div className="empty-state">
        <Title order={2} fz="xl">
          Nothing is called “{q}”
        </Title>
        <Text c="dimmed" mt="xs" mb="lg">
          The search looks at titles{kind ? ` of ${documentKinds[kind].plural.toLowerCase()}` : ''}. A part of a word is enough.
        </Text>
        <Button variant="default" onClick={onClear}>
          Clear the search
        </Button>
      </div>
    )
  }
  return (
    <div className="empty-state">
      <Title order={2} fz="xl">
        {kind ? `No ${documentKinds[kind].plural.toLowerCase()} yet` : 'A clear desk'}
      </Title>
      <Text c="dimmed" mt="xs" mb="xl">
        {kind
          ? 'Make the first one, or ask somebody to share theirs with you.'
          : 'Three things to write together. Everybody you share them with sees each word as it is typed.'}
      </Text>
      <div className="create-options">
        {documentKindOrder
          .filter((documentKind) => !kind || documentKind === kind)
          .map((documentKind) => (
            <button type="button" className="create-option" key={documentKind} onClick={() => onCreate(documentKind)}>
              <DocumentKindIcon kind={documentKind} size={44} />
              <strong>New {documentKinds[documentKind].singular.toLowerCase()}</strong>
              <span>{documentKinds[documentKind].purpose}</span>
            </button>
          ))}
      </div>
    </div>
  )
}
