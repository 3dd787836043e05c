import { Button } from '@mantine/core'
import { Component, type ReactNode } from 'react'
import { Wordmark } from './logo.tsx'
import { Signpost } from './lost.tsx'

/** Catches what no page expected, so that nobody looks at an empty window. */
export class Fault extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false }

  static getDerivedStateFromError() {
    return { failed: true }
  }

  override render() {
    if (!this.state.failed) return this.props.children
    return (
      <Signpost
        sign={<Wordmark />}
        title="This page has stumbled"
        action={<Button onClick={() => location.reload()}>Load it again</Button>}
      >
        What you wrote is kept in this browser. Loading the page again helps, most of the time.
      </Signpost>
    )
  }
}
