import './history.css'
import { Alert, Button, Group, Skeleton, Text } from '@mantine/core'
import { RotateCcw } from 'lucide-react'
import { useState } from 'react'
import { useRoomBeside } from './aside.tsx'
import type { Stretch, Version } from './contract.ts'
import type { LiveDocument } from './live.ts'
import { clock, dayOf } from './moment.ts'
import { MomentBar } from './moment-bar.tsx'
import { type Chosen, nameOf, useFreshHistory, useStretches, useVersions } from './moments.ts'
import { PastText } from './past-text.tsx'
import { explain } from './problem.ts'
import { StretchRow } from './stretch-row.tsx'
import { AskToTurnBack, type TurnBack } from './turn-back.tsx'
import { VersionName } from './version-name.tsx'
import { VersionRow } from './version-row.tsx'

/** A stretch of work or a named version, in the order of time. */
type Entry = { key: string; at: number; day: string } & ({ stretch: Stretch } | { version: Version })

/** Stretches and versions by day, newest first; a version stands above the stretch that it closes. */
function daysOf(stretches: Stretch[], versions: Version[], complete: boolean): [string, Entry[]][] {
  const oldest = stretches.at(-1)?.from ?? 0
  const entries: Entry[] = stretches.map((stretch) => ({ key: `s${stretch.from}`, at: stretch.to, day: dayOf(stretch.endedAt), stretch }))
  for (const version of versions) {
    if (version.at < oldest && !complete) continue
    const within = stretches.find(({ from, to }) => version.at >= from && version.at <= to)
    entries.push({ key: version.id, at: version.at, day: dayOf(within?.endedAt ?? version.createdAt), version })
  }
  entries.sort((one, other) => other.at - one.at || ('version' in one ? -1 : 1))
  const days = new Map<string, Entry[]>()
  for (const entry of entries) days.set(entry.day, [...(days.get(entry.day) ?? []), entry])
  return [...days]
}

const restoreOf = (at: number): TurnBack => ({
  title: 'Restore this version?',
  words:
    'The text becomes what it was then, for everybody and at once. Nothing is erased: the text of now stays in the history, and can be restored just so.',
  path: 'restore',
  body: { at },
  act: 'Restore',
  done: 'Restored. The text of before is in the history.',
})

const undoOf = ({ from, to, startedAt, endedAt }: Stretch, { userId, name }: Stretch['authors'][number]): TurnBack => ({
  title: `Take back what ${nameOf(userId, name)} wrote?`,
  words: `What ${nameOf(userId, name)} wrote and took out between ${clock(startedAt)} and ${clock(endedAt)} is undone, for everybody and at once. What others wrote stays. Nothing is erased: it remains in the history.`,
  path: 'undo',
  body: { userId, from, to },
  act: 'Take back',
  done: 'Taken back. It is still in the history.',
})

interface HistoryProps {
  live: LiveDocument
  writes: boolean
  chosen: Chosen | null
  onChoose: (chosen: Chosen | null) => void
}

/** What was done to a document, when and by whom; a way to read it as it was, and back. */
export function History({ live, writes, chosen, onChoose }: HistoryProps) {
  useFreshHistory(live)
  const beside = useRoomBeside()
  const [wanted, setWanted] = useState<TurnBack | null>(null)
  const list = useStretches(live.name)
  const versions = useVersions(live.name).data?.items ?? []
  const stretches = list.data?.pages.flatMap(({ items }) => items) ?? []
  const choose = (at: number) => onChoose({ at, view: chosen?.view ?? 'text', until: null })

  if (list.isPending)
    return (
      <div className="history-list" role="status" aria-label="Loading the history">
        {[60, 45, 70].map((width) => (
          <Skeleton key={width} h={40} w={`${width}%`} mb="md" />
        ))}
      </div>
    )
  if (list.error && !list.data)
    return (
      <Alert color="red" m="md">
        {explain(list.error)}{' '}
        <Button size="compact-sm" variant="subtle" onClick={() => void list.refetch()} loading={list.isFetching}>
          Try again
        </Button>
      </Alert>
    )
  if (stretches.length === 0)
    return (
      <Text c="dimmed" p="lg">
        Nothing was written yet. From the first word on, every moment is kept here.
      </Text>
    )

  return (
    <div className="history">
      <div className="history-top">
        <MomentBar stretches={stretches} versions={versions} chosen={chosen} back={!beside} onChoose={onChoose} />
        {chosen && writes && (
          <Group gap="xs" mt="sm">
            <VersionName key={chosen.at} documentName={live.name} at={chosen.at} />
            <Button
              size="xs"
              px="xs"
              variant="default"
              aria-label="Restore this version"
              leftSection={<RotateCcw size={16} aria-hidden="true" />}
              onClick={() => setWanted(restoreOf(chosen.at))}
            >
              Restore
            </Button>
          </Group>
        )}
      </div>
      {chosen && !beside ? (
        <div className="history-text">
          <PastText documentName={live.name} chosen={chosen} />
        </div>
      ) : (
        <div className="history-list">
          {daysOf(stretches, versions, !list.hasNextPage).map(([day, entries]) => (
            <section key={day} aria-label={day}>
              <h3 className="history-day">{day}</h3>
              <ul className="history-rows">
                {entries.map((entry) =>
                  'stretch' in entry ? (
                    <StretchRow
                      key={entry.key}
                      stretch={entry.stretch}
                      chosen={chosen !== null && chosen.at >= entry.stretch.from && chosen.at <= entry.stretch.to}
                      onChoose={() => choose(entry.stretch.to)}
                      onTakeBack={writes ? (author) => setWanted(undoOf(entry.stretch, author)) : undefined}
                    />
                  ) : (
                    <VersionRow
                      key={entry.key}
                      documentName={live.name}
                      version={entry.version}
                      chosen={chosen?.at === entry.at}
                      writes={writes}
                      onChoose={() => choose(entry.at)}
                    />
                  ),
                )}
              </ul>
            </section>
          ))}
          {list.hasNextPage && (
            <Button variant="default" size="sm" mt="md" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
              Load older
            </Button>
          )}
        </div>
      )}
      <AskToTurnBack documentName={live.name} wanted={wanted} onClose={() => setWanted(null)} onDone={() => onChoose(null)} />
    </div>
  )
}
