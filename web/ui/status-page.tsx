import { Button, Text, Title } from '@mantine/core'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { usePageTitle } from '../lib/page-title.ts'
import { Wordmark } from './logo.tsx'

interface StatusPageProps {
  icon: ReactNode
  title: string
  children: ReactNode
  action?: ReactNode
}

/** A page without content that says why, and where to go. */
export function StatusPage({ icon, title, children, action }: StatusPageProps) {
  return (
    <main id="main" className="centered-page" tabIndex={-1}>
      <div style={{ maxWidth: '27rem' }}>
        <div style={{ display: 'grid', placeItems: 'center', marginBottom: '1.25rem' }}>{icon}</div>
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

/** The page of an unknown URL. */
export function NotFoundPage() {
  usePageTitle('Nothing here')
  return (
    <StatusPage icon={<Wordmark />} title="There is nothing at this address">
      The link may be old, or a letter of it may be missing.
    </StatusPage>
  )
}
