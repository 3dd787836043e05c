import './parts.css'
import { useEffect } from 'react'
import { Board } from './board.tsx'
import type { User } from './contract.ts'
import type { CopyRecord } from './copies.ts'
import { useLiveState } from './desk.ts'
import { EditorBar } from './editor-bar.tsx'
import { SkipLink } from './header.tsx'
import { kindOfName } from './kind.tsx'
import type { LiveDocument } from './live.ts'
import { useLook } from './look.ts'
import { colourOf } from './person.ts'
import { Plan } from './plan.tsx'
import { Standing } from './standing.tsx'
import { say } from './toast.ts'

interface PartsProps {
  live: LiveDocument
  user: User
  record: CopyRecord | null
  writes: boolean
}

interface Mended {
  event: string
  mended: { path: string; problem: string }[]
}

/** What is kept beside the text: the board of a space, the plan of a venture. */
export function Parts({ live, user, record, writes }: PartsProps) {
  useLook(live, useLiveState(live).synced)
  useEffect(() => {
    live.awareness.setLocalStateField('user', { id: user.id, name: user.name, color: colourOf(user.id) })
  }, [live, user])

  useEffect(() => {
    function onStateless({ payload }: { payload: string }) {
      try {
        const { event, mended } = JSON.parse(payload) as Mended
        if (event !== 'documents.change-mended') return
        say(`The server put right what you wrote: ${mended.map(({ path, problem }) => `${path} ${problem}`).join('; ')}`, 'red')
      } catch {}
    }
    live.provider.on('stateless', onStateless)
    return () => void live.provider.off('stateless', onStateless)
  }, [live])

  const Shown = kindOfName(live.name) === 'plan' ? Plan : Board
  return (
    <div className="desk">
      <header className="desk-top">
        <SkipLink to="#main">Skip to the content</SkipLink>
        <EditorBar live={live} user={user} record={record} writes={writes} />
        {!writes && <Standing record={record} />}
      </header>
      <main id="main" className="parts" tabIndex={-1}>
        <Shown live={live} user={user} record={record} writes={writes} />
      </main>
    </div>
  )
}
