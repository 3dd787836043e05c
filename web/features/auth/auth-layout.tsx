import './auth-layout.css'
import { Text, Title } from '@mantine/core'
import type { ReactNode } from 'react'
import { Wordmark } from '../../ui/logo.tsx'
import { usePageTitle } from '../../lib/page-title.ts'
import { Illustration } from './illustration.tsx'

interface AuthLayoutProps {
  /** The title of the browser tab. */
  tabTitle: string
  title: string
  subtitle: string
  children: ReactNode
}

/** The layout of the pages for users who are not signed in. */
export function AuthLayout({ tabTitle, title, subtitle, children }: AuthLayoutProps) {
  usePageTitle(tabTitle)
  return (
    <div className="auth-layout">
      <div className="auth-panel">
        <header>
          <Wordmark />
        </header>
        <main className="auth-form">
          <Title order={1}>{title}</Title>
          <Text c="dimmed" mt={6} mb="xl">
            {subtitle}
          </Text>
          {children}
        </main>
      </div>
      <Illustration />
    </div>
  )
}
