import type { ReactNode } from 'react'
import { Wordmark } from './logo.tsx'
import { SkipLink } from './skip-link.tsx'

/** A page for people without an account: the logo, and nothing that leads elsewhere. */
export function PublicPage({ children }: { children: ReactNode }) {
  return (
    <>
      <SkipLink />
      <header className="page-header">
        <div className="page-header-inner">
          <Wordmark />
        </div>
      </header>
      <main id="main" className="page public-page" tabIndex={-1}>
        {children}
      </main>
    </>
  )
}
