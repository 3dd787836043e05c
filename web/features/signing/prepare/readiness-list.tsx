import { Alert, Anchor, List } from '@mantine/core'
import { Link } from 'wouter'

interface ReadinessListProps {
  documentId: string
  /** What the envelope itself lacks. */
  missing: string | null
  /** Why the document cannot be sent, by code. */
  blockers: [code: string, message: string][]
}

/** Why the envelope cannot be sent yet, and where to mend it. */
export function ReadinessList({ documentId, missing, blockers }: ReadinessListProps) {
  if (!missing && blockers.length === 0) return null
  return (
    <Alert color="yellow" title="Before you send it" role="alert">
      <List>
        {missing && <List.Item>{missing}</List.Item>}
        {blockers.map(([code, message]) => (
          <List.Item key={code}>
            {message}{' '}
            <Anchor component={Link} href={`/documents/legal:${documentId}`}>
              Open the document
            </Anchor>
          </List.Item>
        ))}
      </List>
    </Alert>
  )
}
