import './review.css'
import { CircleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import type { Readiness } from '../../lib/api-types.ts'

export type Blocker = Readiness['blockers'][number]

/** The tab of the editor's side panel in which a blocker is mended; null: in the text. */
export const blockerTabs: Record<Blocker['code'], string | null> = {
  'empty-text': null,
  'empty-fields': null,
  'open-suggestions': 'suggestions',
  'blocking-comments': 'comments',
  'approval-missing': 'review',
  'approval-lapsed': 'review',
  'changes-requested': 'review',
  rejected: 'review',
}

interface BlockerListProps {
  blockers: readonly Blocker[]
  /** Leads to where a blocker is mended. */
  renderLink?: (blocker: Blocker) => ReactNode
}

/** What must be done before a document can be sent for signature. */
export function BlockerList({ blockers, renderLink }: BlockerListProps) {
  return (
    <ul className="blockers" aria-label="Before you send it">
      {blockers.map((blocker) => (
        <li key={`${blocker.code} ${blocker.userId ?? ''}`}>
          <CircleAlert size={18} aria-hidden="true" />
          <div>
            <strong dir="auto">{blocker.message}</strong> {blocker.action} {renderLink?.(blocker)}
          </div>
        </li>
      ))}
    </ul>
  )
}
