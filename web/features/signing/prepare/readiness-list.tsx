import { Alert, Anchor } from '@mantine/core'
import { CircleCheckBig } from 'lucide-react'
import { Link } from 'wouter'
import type { Readiness } from '../../../lib/api-types.ts'
import { BlockerList, blockerTabs } from '../../review/blocker-list.tsx'

interface ReadinessListProps {
  documentName: string
  /** What the envelope itself lacks. */
  missing: string | null
  /** Absent while it loads, and for people who cannot read the draft. */
  readiness: Readiness | undefined
}

/** Why the envelope cannot be sent yet, and where to mend it. */
export function ReadinessList({ documentName, missing, readiness }: ReadinessListProps) {
  const blockers = readiness?.blockers ?? []
  if (missing || blockers.length > 0)
    return (
      <Alert color="yellow" title="Before you send it" role="status">
        {missing && <p className="prepare-missing">{missing}</p>}
        <BlockerList
          blockers={blockers}
          renderLink={({ code }) => {
            const tab = blockerTabs[code]
            return (
              <Anchor component={Link} href={`/documents/${documentName}${tab ? `?panel=${tab}` : ''}`}>
                Open the document
              </Anchor>
            )
          }}
        />
      </Alert>
    )
  if (!readiness) return null
  return (
    <p className="ready" role="status">
      <CircleCheckBig size={18} aria-hidden="true" /> Ready to be sent.
    </p>
  )
}
