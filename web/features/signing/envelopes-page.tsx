import '../documents/documents-page.css'
import './signing.css'
import './envelopes-page.css'
import { Badge, NativeSelect, SegmentedControl, Text, Title } from '@mantine/core'
import { FileSignature } from 'lucide-react'
import { Link, useSearchParams } from 'wouter'
import type { Envelope } from '../../lib/api-types.ts'
import { usePagedQuery } from '../../lib/paged-query.ts'
import { usePageTitle } from '../../lib/page-title.ts'
import { formatDateTime, formatRelativeTime } from '../../lib/time-format.ts'
import { LoadError } from '../../ui/load-error.tsx'
import { LoadMore } from '../../ui/load-more.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { countActs, type EnvelopeState, envelopeStateWords, findOwnParty, isOnTurn, partyRoleWords } from './envelope-words.ts'

const views = {
  waiting: { label: 'Waiting for me', query: { waitingForMe: 'true' }, empty: 'Nothing waits for your signature.' },
  sent: {
    label: 'Sent by me',
    query: { sentByMe: 'true' },
    empty: 'You have sent nothing for signature. Open a draft and choose “Send for signature”.',
  },
  all: { label: 'All', query: {}, empty: 'No document was sent for signature yet.' },
} as const
type View = keyof typeof views
const viewOrder = Object.keys(views) as View[]

const stateOptions = [
  { value: '', label: 'Any state' },
  ...Object.entries(envelopeStateWords).map(([value, { label }]) => ({ value, label })),
]

function EnvelopeRow({ envelope }: { envelope: Envelope }) {
  const { id, title, state, senderName, sentAt, createdAt, deadline } = envelope
  const party = findOwnParty(envelope)
  const { done, all } = countActs(envelope)
  const isTurn = state === 'sent' && party !== undefined && isOnTurn(party)
  const at = sentAt ?? createdAt
  return (
    <li>
      <Link href={`/envelopes/${id}`} className="list-row">
        <FileSignature size={22} aria-hidden="true" />
        <span className="list-row-content">
          <span className="list-row-title" dir="auto">
            {title}
          </span>
          <span className="list-row-meta">
            <span>{senderName}</span>
            <time dateTime={at} title={formatDateTime(at)}>
              {formatRelativeTime(at)}
            </time>
            {state !== 'draft' && (
              <span>
                {done} of {all} done
              </span>
            )}
            {deadline && state === 'sent' && <span>by {formatDateTime(deadline)}</span>}
          </span>
        </span>
        <Badge color={isTurn ? 'yellow' : envelopeStateWords[state].color} variant="light">
          {isTurn ? `${partyRoleWords[party.role].action} now` : envelopeStateWords[state].label}
        </Badge>
      </Link>
    </li>
  )
}

function EnvelopeList({ view, state }: { view: View; state: EnvelopeState | null }) {
  const { list, items } = usePagedQuery<Envelope>({
    queryKey: ['envelopes', view, state],
    path: '/api/legal/envelopes',
    query: { ...views[view].query, state: view === 'waiting' ? null : state, limit: 20 },
    keepsPrevious: true,
  })
  return (
    <>
      {list.error && !list.data && <LoadError query={list} mb="lg" />}
      {list.data && items.length === 0 && (
        <div className="empty-state">
          <FileSignature size={34} strokeWidth={1.4} aria-hidden="true" />
          <Text mt="sm">{state && view !== 'waiting' ? 'No document is in this state.' : views[view].empty}</Text>
        </div>
      )}
      {items.length > 0 && (
        <ul className="list envelope-list" aria-label={views[view].label} data-stale={list.isPlaceholderData || undefined}>
          {items.map((envelope) => (
            <EnvelopeRow key={envelope.id} envelope={envelope} />
          ))}
        </ul>
      )}
      <LoadMore list={list} />
    </>
  )
}

/** The envelopes that the user can read. View and state are part of the URL. */
export function EnvelopesPage() {
  usePageTitle('Signatures')
  const [query, setQuery] = useSearchParams()
  const view = viewOrder.find((known) => known === query.get('show')) ?? 'waiting'
  const state = (Object.keys(envelopeStateWords) as EnvelopeState[]).find((known) => known === query.get('state')) ?? null
  return (
    <>
      <PageHeader />
      <main id="main" className="page" tabIndex={-1}>
        <Title order={1} className="page-title">
          Signatures
        </Title>
        <div className="envelopes-filter">
          <SegmentedControl
            size="md"
            aria-label="What is shown"
            value={view}
            onChange={(value) => setQuery(value === 'waiting' ? {} : { show: value }, { replace: true })}
            data={viewOrder.map((value) => ({ value, label: views[value].label }))}
          />
          {view !== 'waiting' && (
            <NativeSelect
              size="md"
              aria-label="State"
              value={state ?? ''}
              onChange={({ currentTarget: { value } }) => setQuery({ show: view, ...(value && { state: value }) }, { replace: true })}
              data={stateOptions}
            />
          )}
        </div>
        <EnvelopeList view={view} state={state} />
      </main>
    </>
  )
}
