import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { Account } from './account.tsx'
import { ConversationsLink } from './conversations-link.tsx'
import { Bell } from './bell.tsx'
import { Wordmark } from './logo.tsx'

/** Takes the keyboard past the bar. */
export function SkipLink({ to = '#main', children = 'Skip to the content' }: { to?: string; children?: string }) {
  return (
    <a
      className="skip"
      href={to}
      onClick={(event) => {
        event.preventDefault()
        document.querySelector<HTMLElement>(to)?.focus()
      }}
    >
      {children}
    </a>
  )
}

/** The bar on top of the workspace's pages. */
export function Header({ children }: { children?: ReactNode }) {
  return (
    <>
      <SkipLink />
      <header className="bar">
        <div className="bar-inner">
          <Link href="/" aria-label="SmartStart: your documents">
            <Wordmark />
          </Link>
          <div style={{ display: 'flex', alignItems: 'center', gap: '0.75rem' }}>
            {children}
            <ConversationsLink />
            <Bell />
            <Account />
          </div>
        </div>
      </header>
    </>
  )
}
