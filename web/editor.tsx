import './editor.css'
import './paper.css'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useMemo, useState } from 'react'
import { ask, queries } from './client.ts'
import type { DocumentRecord, User } from './contract.ts'
import { type CopyRecord, recall, remember } from './copies.ts'
import { useLiveDocument, useLiveState } from './desk.ts'
import { Writing } from './writing.tsx'
import { Elsewhere, Unreadable } from './elsewhere.tsx'
import { proseSchema } from '../domain/documents/prose.ts'
import { kindOfName } from './kind.tsx'
import type { LiveDocument } from './live.ts'
import { useTitle, Waiting } from './lost.tsx'
import { Parts } from './parts.tsx'
import { Problem } from './problem.ts'
import { roleWords } from './role.ts'
import { useSession } from './session.ts'
import { unknownIn } from './unknown.ts'
import { useView } from './views.tsx'

/** What the server says of the document; until it has spoken, what it said last time. */
function useRecord(userId: string, documentName: string) {
  const asked = useQuery({
    queryKey: ['document', documentName],
    queryFn: async ({ signal }) => {
      const record = await ask<DocumentRecord>('GET', `/api/documents/${documentName}`, { signal })
      remember(userId, record)
      return record
    },
    refetchOnWindowFocus: 'always',
  })
  const [recalled] = useState(() => recall(userId, documentName))
  const refused = asked.error instanceof Problem && [403, 404].includes(asked.error.status)
  return { record: asked.data ?? recalled, refused }
}

interface OpenProps {
  live: LiveDocument
  user: User
  record: CopyRecord | null
  refused: boolean
  onAgain: () => void
}

function Open({ live, user, record, refused, onAgain }: OpenProps) {
  const state = useLiveState(live)
  // A new scope means a new role, or a freeze: ask which.
  useEffect(() => {
    if (state.scope) void queries.invalidateQueries({ queryKey: ['document', live.name] })
  }, [state.scope, live])

  const here = state.copy !== 'loading' && (state.synced || live.doc.store.clients.size > 0)
  const [arrived, setArrived] = useState<string[]>([])
  const view = useView(live.name)
  const unknown = useMemo(() => (here ? unknownIn(live.text, proseSchema) : []), [here, live])

  if (state.refusal || refused) return <Elsewhere ended={state.synced} onAgain={onAgain} />
  if (!here) return state.link === 'offline' ? <Elsewhere away onAgain={onAgain} /> : <Waiting />
  if (view === 'text' && unknown.length + arrived.length > 0) return <Unreadable parts={[...unknown, ...arrived]} onAgain={onAgain} />

  const remembered = record ? roleWords[record.role].writes && !record.frozenAt : false
  const writes = state.scope ? state.scope === 'read-write' : remembered
  if (view === 'parts') return <Parts live={live} user={user} record={record} writes={writes} />
  return <Writing live={live} user={user} record={record} writes={writes} onUnknown={setArrived} onAgain={onAgain} />
}

function Opening({ user, documentName }: { user: User; documentName: string }) {
  const [round, setRound] = useState(0)
  const live = useLiveDocument(user.id, documentName, round)
  const { record, refused } = useRecord(user.id, documentName)
  useTitle(refused ? 'Not found' : (record?.title ?? 'Document'))

  function again() {
    setRound(round + 1)
    void queries.resetQueries({ queryKey: ['document', documentName] })
  }
  return live ? <Open key={round} live={live} user={user} record={record} refused={refused} onAgain={again} /> : <Waiting />
}

/** The page of one document. */
export function EditorPage({ documentName }: { documentName: string }) {
  const { user } = useSession()
  if (!user) return null
  return kindOfName(documentName) ? <Opening user={user} documentName={documentName} /> : <Elsewhere />
}
