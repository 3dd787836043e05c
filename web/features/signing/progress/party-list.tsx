import { Badge, Text } from '@mantine/core'
import { Ban, CircleCheck, CircleDashed, CircleDot, type LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import type { Envelope, EnvelopeParty } from '../../../lib/api-types.ts'
import { formatDateTime, formatRelativeTime } from '../../../lib/time-format.ts'
import { groupBySteps, partyRoleWords, partyStateWords } from '../envelope-words.ts'

const icons: Record<EnvelopeParty['state'], LucideIcon> = {
  waiting: CircleDashed,
  invited: CircleDot,
  viewed: CircleDot,
  signed: CircleCheck,
  approved: CircleCheck,
  declined: Ban,
  delegated: CircleDashed,
  skipped: CircleDashed,
}

const mailWords: Record<NonNullable<EnvelopeParty['mail']>['state'], string> = {
  queued: 'Mail on its way',
  sent: 'Mail sent',
  delivered: 'Mail delivered',
  failed: 'Mail not delivered',
}

function Time({ words, at }: { words: string; at: string | null }) {
  if (!at) return null
  return (
    <span>
      {words}{' '}
      <time dateTime={at} title={formatDateTime(at)}>
        {formatRelativeTime(at)}
      </time>
    </span>
  )
}

interface PartyRowProps {
  envelope: Envelope
  party: EnvelopeParty
  /** Buttons of the envelope's owner. */
  actions?: ReactNode
}

function PartyRow({ envelope, party, actions }: PartyRowProps) {
  const { label, color } = partyStateWords[party.state]
  const Icon = icons[party.state]
  const nameOf = (id: string | null) => envelope.parties.find((other) => other.id === id)?.name
  const isReplaced = envelope.state === 'superseded' && (party.state === 'signed' || party.state === 'approved')
  return (
    <li className="party-row" data-state={party.state}>
      <Icon className="party-icon" size={22} aria-hidden="true" />
      <div className="party-content">
        <span className="party-name">
          <bdi>{party.name}</bdi>
          {party.id === envelope.ownPartyId && ' (you)'}
        </span>
        <span className="party-meta">
          <span>{partyRoleWords[party.role].label}</span>
          {party.witnessOf && <span>of {nameOf(party.witnessOf)}</span>}
          {party.delegatedFrom && <span>in place of {nameOf(party.delegatedFrom)}</span>}
          <span>{party.email}</span>
        </span>
        <span className="party-meta">
          <Time words="Asked" at={party.notifiedAt} />
          <Time words="Opened" at={party.viewedAt} />
          <Time words={party.state === 'declined' ? 'Declined' : party.state === 'approved' ? 'Approved' : 'Signed'} at={party.actedAt} />
          {party.mail && (
            <span data-failed={party.mail.state === 'failed' || undefined} title={party.mail.reason ?? undefined}>
              {mailWords[party.mail.state]}
              {party.mail.state === 'failed' && party.mail.reason && `: ${party.mail.reason}`}
            </span>
          )}
        </span>
        {party.reason && (
          <Text size="sm" className="party-reason" dir="auto">
            “{party.reason}”
          </Text>
        )}
      </div>
      <div className="party-end">
        <Badge color={color} variant="light">
          {isReplaced ? `${label}, for the replaced version` : label}
        </Badge>
        {actions}
      </div>
    </li>
  )
}

/** "All sign, in any order", "2 of 3". */
function describeStep({ needed }: Envelope, step: number, parties: EnvelopeParty[]): string {
  const counting = parties.filter(({ role, state }) => role !== 'witness' && state !== 'delegated').length
  const enough = needed[step]
  if (enough !== undefined && enough < counting) return `${enough} of ${counting} are enough`
  return counting > 1 ? 'All of them, in any order' : ''
}

interface PartyListProps {
  envelope: Envelope
  renderActions?: (party: EnvelopeParty) => ReactNode
}

/** The parties by step, with their state, mail and times. */
export function PartyList({ envelope, renderActions }: PartyListProps) {
  const steps = groupBySteps(envelope.parties)
  const copies = envelope.parties.filter(({ role }) => role === 'copy')
  const renderRows = (parties: EnvelopeParty[]) => (
    <ol className="party-rows">
      {parties.map((party) => (
        <PartyRow key={party.id} envelope={envelope} party={party} actions={renderActions?.(party)} />
      ))}
    </ol>
  )
  return (
    <div className="party-steps">
      {steps.map(({ step, parties }, index) => {
        const words = describeStep(envelope, step, parties)
        const heading = [steps.length > 1 && `Step ${index + 1}`, words].filter(Boolean).join(': ')
        return (
          <section key={step} aria-label={heading || 'Parties'}>
            {heading && <h3 className="party-step-title">{heading}</h3>}
            {renderRows(parties)}
          </section>
        )
      })}
      {copies.length > 0 && (
        <section aria-label="Copies">
          <h3 className="party-step-title">Copies</h3>
          {renderRows(copies)}
        </section>
      )}
    </div>
  )
}
