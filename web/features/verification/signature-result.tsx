import { Badge } from '@mantine/core'
import type { ReactNode } from 'react'
import type { SignatureVerdict } from '../../lib/api-types.ts'
import { formatDateTime } from '../../lib/time-format.ts'
import { describeCoverage, describeTimeSource, describeVerdict, toCommonName } from './verdict-words.ts'

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  )
}

/** What was changed in the file after this signature. */
function LaterChanges({ signature: { laterChanges } }: { signature: SignatureVerdict }) {
  if (laterChanges.length === 0) return <>None</>
  return (
    <ul className="later-changes">
      {laterChanges.map(({ class: changeClass, description, isAllowed }) => (
        <li key={`${changeClass} ${description}`}>
          <Badge size="sm" color={isAllowed ? 'gray' : 'red'} variant="light">
            {isAllowed ? 'Allowed' : 'Not allowed'}
          </Badge>{' '}
          {description}
        </li>
      ))}
    </ul>
  )
}

/** One signature or document timestamp: its verdict, who, when, what it covers, what changed later. */
export function SignatureResult({ signature }: { signature: SignatureVerdict }) {
  const { field, kind, verdict, reason, otherReasons, signer, signedAt, chain, timestamps, anomalies } = signature
  const { title, color, icon: Icon } = describeVerdict(verdict, [signature])
  const name = signer.name ?? (signer.certificate ? toCommonName(signer.certificate.subject) : 'Unknown signer')
  return (
    <li className="signature-result" data-color={color}>
      <h3>
        <Icon size={22} aria-hidden="true" />
        <bdi>{name}</bdi>
        <Badge color={color} variant="light">
          {title}
        </Badge>
      </h3>
      <p dir="auto">{reason}</p>
      {otherReasons.map((other) => (
        <p key={other}>Also {other}.</p>
      ))}
      <dl>
        <Fact label="What it is">{kind === 'signature' ? `Signature (field ${field})` : `Timestamp of the document (field ${field})`}</Fact>
        <Fact label="Time">{signedAt.time ? `${formatDateTime(signedAt.time)}, ${describeTimeSource(signature)}` : 'Not known'}</Fact>
        <Fact label="Covers">{describeCoverage(signature)}</Fact>
        <Fact label="Later changes">
          <LaterChanges signature={signature} />
        </Fact>
        {signer.certificate && (
          <Fact label="Certificate">
            issued by{' '}
            <bdi>{[signer.certificate.issuer, ...chain.slice(2).map(({ subject }) => subject)].map(toCommonName).join(' ‹ ')}</bdi>
          </Fact>
        )}
        {timestamps.map((timestamp) => (
          <Fact key={timestamp.time} label="Timestamp">
            {timestamp.time ? formatDateTime(timestamp.time) : 'Time not known'} by {timestamp.authority ?? 'an unknown authority'}:{' '}
            {timestamp.verdict}
          </Fact>
        ))}
        {anomalies.length > 0 && <Fact label="Notes">{anomalies.join(' ')}</Fact>}
      </dl>
    </li>
  )
}
