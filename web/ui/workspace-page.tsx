import { Title } from '@mantine/core'
import type { ReactNode } from 'react'
import { usePageTitle } from '../lib/page-title.ts'
import { PageHeader } from './page-header.tsx'

interface WorkspacePageProps {
  /** The heading, and the title of the browser tab. */
  title: string
  /** Buttons in the header. */
  actions?: ReactNode
  children: ReactNode
}

/** A page of the workspace under a heading. */
export function WorkspacePage({ title, actions, children }: WorkspacePageProps) {
  usePageTitle(title)
  return (
    <>
      <PageHeader>{actions}</PageHeader>
      <main id="main" className="page" tabIndex={-1}>
        <Title order={1} fz="1.8rem">
          {title}
        </Title>
        {children}
      </main>
    </>
  )
}
