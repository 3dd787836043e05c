import { createContext, type ReactNode, use } from 'react'
import { Link } from 'wouter'
import { Wordmark } from './logo.tsx'
import { SkipLink } from './skip-link.tsx'

/** The links at the end of every page header. The app provides them, so that no page imports their features. */
export const HeaderNavigation = createContext<ReactNode>(null)

/** The header of the workspace's pages. */
export function PageHeader({ children }: { children?: ReactNode }) {
  return (
    <>
      <SkipLink />
      <header className="page-header">
        <div className="page-header-inner">
          <Link href="/" aria-label="SmartStart: your documents">
            <Wordmark />
          </Link>
          <div style={{ display: 'flex', alignItems: 'center', gap: '0.75rem' }}>
            {children}
            {use(HeaderNavigation)}
          </div>
        </div>
      </header>
    </>
  )
}
