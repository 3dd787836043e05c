import { Button, Loader, Skeleton, Text, Title } from '@mantine/core'
import { type ReactNode, useEffect } from 'react'
import { Link } from 'wouter'
import { Wordmark } from './logo.tsx'

/** Names the page in the tab and to screen readers. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · SmartStart`
  }, [title])
}

interface SignpostProps {
  sign: ReactNode
  title: string
  children: ReactNode
  action?: ReactNode
}

/** A page that has nothing to show, and says why and where to go. */
export function Signpost({ sign, title, children, action }: SignpostProps) {
  return (
    <main id="main" className="middle" tabIndex={-1}>
      <div style={{ maxWidth: '27rem' }}>
        <div style={{ display: 'grid', placeItems: 'center', marginBottom: '1.25rem' }}>{sign}</div>
        <Title order={1} fz="1.6rem" mb="xs">
          {title}
        </Title>
        <Text c="dimmed" mb="lg" role="status">
          {children}
        </Text>
        {action ?? (
          <Button component={Link} href="/" variant="light">
            To your documents
          </Button>
        )}
      </div>
    </main>
  )
}

/** Where an address leads that is none of ours. */
export function Lost() {
  useTitle('Nothing here')
  return (
    <Signpost sign={<Wordmark />} title="There is nothing at this address">
      The link may be old, or a letter of it may be missing.
    </Signpost>
  )
}

/** What shows while a page is on its way; not at once, for most are there before one sees it. */
export function Waiting() {
  return (
    <div className="middle waiting" role="status" aria-label="Opening">
      <Loader type="dots" />
    </div>
  )
}

/** What shows on the paper while its words are on their way. */
export function WaitingText() {
  return (
    <div role="status" aria-label="Loading the text">
      {[70, 94, 88, 42].map((width) => (
        <Skeleton key={width} h={14} w={`${width}%`} mb="md" />
      ))}
    </div>
  )
}
