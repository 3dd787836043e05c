import '../signing/signing.css'
import './compliance.css'
import '../documents/documents-page.css'
import { Badge, Button, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { request } from '../../lib/api-client.ts'
import type { Compliance } from '../../lib/api-types.ts'
import { formatDateTime, formatDay } from '../../lib/time-format.ts'
import { LoadError } from '../../ui/load-error.tsx'
import { WorkspacePage } from '../../ui/workspace-page.tsx'
import { overallWords, type Requirement, requirementWords, toLevelLabel } from './compliance-words.ts'

export const complianceKey = ['compliance', 'me']

function RequirementRow({ requirement, isMissing }: { requirement: Requirement; isMissing: boolean }) {
  const { kind, title, status, version, signedVersion, signedAt, expiresAt, deadline } = requirement
  const { label, color } = requirementWords[status]
  return (
    <li className="requirement">
      <div className="requirement-content">
        <strong>{title}</strong>
        <span className="list-row-meta">
          {version && <span>version {version}</span>}
          {signedAt && (
            <span>
              signed {signedVersion && signedVersion !== version ? `version ${signedVersion} ` : ''}on {formatDateTime(signedAt)}
            </span>
          )}
          {expiresAt && status === 'SIGNED' && <span>counts until {formatDay(expiresAt)}</span>}
          {deadline && isMissing && (
            <span>
              sign by <time dateTime={deadline}>{formatDay(deadline)}</time>
            </span>
          )}
        </span>
      </div>
      <Badge color={color} variant="light">
        {label}
      </Badge>
      {isMissing && (
        <Button component={Link} href={`/compliance/${kind}`} size="compact-md" aria-label={`Sign ${title}`}>
          Sign now
        </Button>
      )}
    </li>
  )
}

function Report({ compliance }: { compliance: Compliance }) {
  const { overall, score, requirements, missing, deadline, level } = compliance
  const required = requirements.filter(({ status }) => status !== 'NOT_REQUIRED')
  const others = requirements.filter(({ status }) => status === 'NOT_REQUIRED')
  return (
    <>
      <section className="compliance-summary" aria-label="Summary">
        <div className="compliance-score">
          <strong>{score} %</strong>
          <progress className="envelope-meter" aria-label="Signed" value={score} max={100} />
        </div>
        <div>
          <Text fw={600}>{required.length === 0 ? 'Nothing is required of you' : overallWords[overall]}</Text>
          <Text size="sm" c="dimmed">
            {missing.length > 0 && `${missing.length} to sign${deadline ? `, the first by ${formatDay(deadline)}` : ''}. `}
            Your level: {toLevelLabel(level)}.
          </Text>
        </div>
      </section>
      {required.length > 0 && (
        <ul className="requirements" aria-label="Required documents">
          {required.map((requirement) => (
            <RequirementRow key={requirement.kind} requirement={requirement} isMissing={missing.includes(requirement.kind)} />
          ))}
        </ul>
      )}
      {others.length > 0 && (
        <details className="compliance-others">
          <summary>{others.length} documents of your level are not published yet</summary>
          <ul className="requirements">
            {others.map((requirement) => (
              <RequirementRow key={requirement.kind} requirement={requirement} isMissing={false} />
            ))}
          </ul>
        </details>
      )}
    </>
  )
}

/** What the user has to sign with the platform, by when, and what they signed. */
export function CompliancePage() {
  const compliance = useQuery({
    queryKey: complianceKey,
    queryFn: ({ signal }) => request<Compliance>('GET', '/api/legal/compliance/me', { signal }),
  })
  return (
    <WorkspacePage title="Documents to sign">
      <Text c="dimmed" mt={4} mb="lg">
        What SmartStart asks everybody of your level to sign.
      </Text>
      {compliance.error && !compliance.data && <LoadError query={compliance} />}
      {compliance.data && <Report compliance={compliance.data} />}
    </WorkspacePage>
  )
}
