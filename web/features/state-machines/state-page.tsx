import './state-page.css'
import { Anchor, Badge, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { ArrowLeft } from 'lucide-react'
import { Link } from 'wouter'
import { request } from '../../lib/api-client.ts'
import type { DocumentRecord, PossibleEvents, StateMachineRecord, StateTransition } from '../../lib/api-types.ts'
import { useSubscription } from '../../lib/event-stream.ts'
import { toEventLabel, toStateColor, toStateLabel } from '../../lib/machine-words.ts'
import { usePagedQuery } from '../../lib/paged-query.ts'
import { usePageTitle } from '../../lib/page-title.ts'
import { formatDateTime } from '../../lib/time-format.ts'
import { LoadError } from '../../ui/load-error.tsx'
import { LoadMore } from '../../ui/load-more.tsx'
import { LoadingPage } from '../../ui/loading.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { NextEvents } from './next-events.tsx'
import { StateDiagram } from './state-diagram.tsx'
import { TransitionList } from './transition-list.tsx'

function useMachine(documentName: string) {
  const path = `/api/state-machines/legalDocument/${documentName.split(':')[1]}`
  const queryKey = ['state-machine', documentName]
  const read = <Answer,>(resource: string) => ({
    queryKey: [...queryKey, resource],
    queryFn: ({ signal }: { signal: AbortSignal }) => request<Answer>('GET', `${path}/${resource}`, { signal }),
  })
  const state = useQuery(read<StateMachineRecord>('state'))
  const events = useQuery(read<PossibleEvents>('events'))
  const diagram = useQuery(read<{ mermaid: string }>('diagram'))
  const history = usePagedQuery<StateTransition>({ queryKey: [...queryKey, 'history'], path: `${path}/history`, query: { limit: 20 } })
  return { path, queryKey, state, events, diagram, history }
}

function Machine({ documentName }: { documentName: string }) {
  const { path, queryKey, state, events, diagram, history } = useMachine(documentName)
  if (state.isPending) return <LoadingPage />
  if (!state.data) return <LoadError query={state} />
  const { state: current, meaning, timers } = state.data
  const visited = new Set(history.items.flatMap(({ from, to }) => (from ? [from, to] : [to])))
  return (
    <div className="state-page">
      <section className="state-present" aria-label="State">
        <Badge size="xl" color={toStateColor(current)} variant="light">
          {toStateLabel(current)}
        </Badge>
        <p>{meaning}</p>
        {timers.map(({ event, dueAt }) => (
          <p key={event}>
            {toEventLabel(event)}: by itself on {formatDateTime(dueAt)}
          </p>
        ))}
      </section>
      <section aria-labelledby="next-title">
        <Title order={2} id="next-title" fz="1.25rem" mb="sm">
          What can happen next
        </Title>
        {events.data && <NextEvents path={path} queryKey={queryKey} events={events.data.events} />}
      </section>
      <section aria-labelledby="history-title">
        <Title order={2} id="history-title" fz="1.25rem" mb="sm">
          What happened
        </Title>
        <TransitionList transitions={history.items} />
        <LoadMore list={history.list} />
      </section>
      <section aria-labelledby="diagram-title">
        <Title order={2} id="diagram-title" fz="1.25rem" mb="sm">
          All states
        </Title>
        {diagram.data && <StateDiagram mermaid={diagram.data.mermaid} current={current} visited={visited} />}
      </section>
    </div>
  )
}

/** The state of a draft: what it is, what can happen next and why not, what happened, and all states. */
export function StatePage({ documentName }: { documentName: string }) {
  const document = useQuery({
    queryKey: ['document', documentName],
    queryFn: ({ signal }) => request<DocumentRecord>('GET', `/api/documents/${documentName}`, { signal }),
  })
  useSubscription(documentName)
  const title = document.data?.title || 'Document'
  usePageTitle(`State of ${title}`)
  return (
    <>
      <PageHeader />
      <main id="main" className="page" tabIndex={-1}>
        <Anchor component={Link} href={`/documents/${documentName}`} className="state-back">
          <ArrowLeft size={16} aria-hidden="true" /> Back to the document
        </Anchor>
        <Title order={1} fz="1.8rem" dir="auto" mb="md">
          {title}
        </Title>
        <Machine documentName={documentName} />
      </main>
    </>
  )
}
