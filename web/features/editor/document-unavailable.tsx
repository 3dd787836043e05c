import { Button, Group } from '@mantine/core'
import { CloudOff, FileQuestion } from 'lucide-react'
import { Link } from 'wouter'
import { PageHeader } from '../../ui/page-header.tsx'
import { StatusPage } from '../../ui/status-page.tsx'

interface DocumentUnavailableProps {
  /** The document was open before. */
  wasOpen?: boolean
  /** The server cannot be reached, and this browser has no stored document. */
  isOffline?: boolean
  onRetry?: () => void
}

/** Shown instead of a document that cannot be opened. A missing document and a forbidden one look the same. */
export function DocumentUnavailable({ wasOpen = false, isOffline = false, onRetry }: DocumentUnavailableProps) {
  const action = (
    <Group justify="center">
      <Button component={Link} href="/">
        To your documents
      </Button>
      {onRetry && (
        <Button variant="default" onClick={onRetry}>
          Try again
        </Button>
      )}
    </Group>
  )
  const Icon = isOffline ? CloudOff : FileQuestion
  const title = isOffline
    ? 'This document is not in this browser yet'
    : wasOpen
      ? 'This document was closed to you'
      : 'Nothing to show here'
  return (
    <>
      <PageHeader />
      <StatusPage icon={<Icon size={44} strokeWidth={1.4} color="var(--muted-color)" aria-hidden="true" />} title={title} action={action}>
        {isOffline
          ? 'The server cannot be reached. The document opens as soon as it can.'
          : 'This document does not exist, or you may not open it. Ask whoever shared it with you.'}
      </StatusPage>
    </>
  )
}

/** Shown instead of a text that cannot be rendered. The document is unchanged. */
export function DocumentUnreadable({ onRetry }: { onRetry: () => void }) {
  return (
    <>
      <PageHeader />
      <StatusPage
        icon={<FileQuestion size={44} strokeWidth={1.4} color="var(--muted-color)" aria-hidden="true" />}
        title="This text could not be shown"
        action={
          <Group justify="center">
            <Button onClick={() => location.reload()}>Load the page again</Button>
            <Button variant="default" onClick={onRetry}>
              Try again
            </Button>
          </Group>
        }
      >
        The document is unchanged. Load the page again; if that does not help, export it or restore an earlier version.
      </StatusPage>
    </>
  )
}
