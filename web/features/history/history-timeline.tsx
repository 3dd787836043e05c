import type { EditSession, Version } from '../../lib/api-types.ts'
import { formatDay } from '../../lib/time-format.ts'
import { findPreviousRevision } from './history-queries.ts'
import { EditSessionRow } from './edit-session-row.tsx'
import { VersionRow } from './version-row.tsx'

/** An edit session or a named version. */
type TimelineEntry = { key: string; at: number; day: string } & ({ editSession: EditSession } | { version: Version })

/** Groups edit sessions and versions by day, newest first. A version comes above the edit session that it closes. */
function groupByDay(editSessions: EditSession[], versions: Version[], isComplete: boolean): [string, TimelineEntry[]][] {
  const oldest = editSessions.at(-1)?.from ?? 0
  const entries: TimelineEntry[] = editSessions.map((editSession) => ({
    key: `s${editSession.from}`,
    at: editSession.to,
    day: formatDay(editSession.endedAt),
    editSession,
  }))
  for (const version of versions) {
    if (version.at < oldest && !isComplete) continue
    const editSessionOfVersion = editSessions.find(({ from, to }) => version.at >= from && version.at <= to)
    entries.push({ key: version.id, at: version.at, day: formatDay(editSessionOfVersion?.endedAt ?? version.createdAt), version })
  }
  entries.sort((one, other) => other.at - one.at || ('version' in one ? -1 : 1))
  const days = new Map<string, TimelineEntry[]>()
  for (const entry of entries) days.set(entry.day, [...(days.get(entry.day) ?? []), entry])
  return [...days]
}

interface HistoryTimelineProps {
  documentName: string
  editSessions: EditSession[]
  versions: Version[]
  /** All edit sessions are loaded. */
  isComplete: boolean
  /** The sequence number of the selected revision; null for the current text. */
  selectedRevision: number | null
  canWrite: boolean
  /** @param previousAt the revision before it */
  onSelect: (at: number, previousAt: number) => void
  onUndo: (editSession: EditSession, author: EditSession['authors'][number]) => void
}

/** Edit sessions and named versions by day, newest first. */
export function HistoryTimeline(props: HistoryTimelineProps) {
  const { documentName, editSessions, versions, isComplete, selectedRevision, canWrite, onSelect, onUndo } = props
  const isSelected = ({ from, to }: EditSession) => selectedRevision !== null && selectedRevision >= from && selectedRevision <= to
  return groupByDay(editSessions, versions, isComplete).map(([day, entries]) => (
    <section key={day} aria-label={day}>
      <h3 className="history-day">{day}</h3>
      <ul className="history-rows">
        {entries.map((entry) =>
          'editSession' in entry ? (
            <EditSessionRow
              key={entry.key}
              editSession={entry.editSession}
              isSelected={isSelected(entry.editSession)}
              onSelect={() => onSelect(entry.editSession.to, entry.editSession.from - 1)}
              onUndo={canWrite ? (author) => onUndo(entry.editSession, author) : undefined}
            />
          ) : (
            <VersionRow
              key={entry.key}
              documentName={documentName}
              version={entry.version}
              isSelected={selectedRevision === entry.at}
              canWrite={canWrite}
              onSelect={() => onSelect(entry.at, findPreviousRevision(entry.at, editSessions, versions))}
            />
          ),
        )}
      </ul>
    </section>
  ))
}
