import { Badge, Title } from '@mantine/core'
import { CalendarClock } from 'lucide-react'
import type { Envelope } from '../../lib/api-types.ts'
import { formatDateTime } from '../../lib/time-format.ts'
import { envelopeStateWords, findOwnParty, isOnTurn, partyRoleWords } from './envelope-words.ts'

/** "Ada asks you to sign", or what the envelope is to its sender. */
function Request({ envelope }: { envelope: Envelope }) {
  const party = findOwnParty(envelope)
  const verb = party && envelope.state === 'sent' && isOnTurn(party) ? partyRoleWords[party.role].verb : null
  if (verb)
    return (
      <>
        <bdi>{envelope.senderName}</bdi> asks you to {verb}
      </>
    )
  return envelope.sentAt ? (
    <>
      Sent by <bdi>{envelope.senderName}</bdi> on {formatDateTime(envelope.sentAt)}
    </>
  ) : (
    <>
      Prepared by <bdi>{envelope.senderName}</bdi>
    </>
  )
}

/** What it is, from whom, until when, and the sender's words. */
export function EnvelopeHeader({ envelope }: { envelope: Envelope }) {
  const { title, state, message, deadline } = envelope
  const { label, color } = envelopeStateWords[state]
  return (
    <header className="envelope-header">
      <p className="envelope-request">
        <Request envelope={envelope} />
      </p>
      <Title order={1} dir="auto">
        {title}
      </Title>
      <div className="envelope-facts">
        <Badge color={color} variant="light">
          {label}
        </Badge>
        {deadline && state === 'sent' && (
          <span>
            <CalendarClock size={16} aria-hidden="true" /> by <time dateTime={deadline}>{formatDateTime(deadline)}</time>
          </span>
        )}
      </div>
      {message && state !== 'draft' && (
        <blockquote className="envelope-message" dir="auto">
          {message}
        </blockquote>
      )}
    </header>
  )
}
