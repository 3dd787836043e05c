import { Button } from '@mantine/core'
import { Component, type ReactNode } from 'react'
import { Wordmark } from './logo.tsx'
import { StatusPage } from './status-page.tsx'

/** Shows an error page when rendering fails. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { hasFailed: boolean }> {
  override state = { hasFailed: false }

  static getDerivedStateFromError() {
    return { hasFailed: true }
  }

  override render() {
    if (!this.state.hasFailed) return this.props.children
    return (
      <StatusPage
        icon={<Wordmark />}
        title="This page has stumbled"
        action={<Button onClick={() => location.reload()}>Load it again</Button>}
      >
        What you wrote is kept in this browser. Loading the page again helps, most of the time.
      </StatusPage>
    )
  }
}
