import './board.css'
import { VisuallyHidden } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { type DragEvent, type KeyboardEvent, useLayoutEffect, useRef, useState } from 'react'
import { byOrder, keysFor } from '../domain/documents/order.ts'
import { Card } from './card.tsx'
import { ask } from './client.ts'
import type { Member, Page, User } from './contract.ts'
import type { CopyRecord } from './copies.ts'
import { addEntry, changeEntry, removeEntry, useEntries } from './entries.ts'
import { type Edited, EntryDialog, type Field } from './entry-dialog.tsx'
import type { LiveDocument } from './live.ts'
import { Pinned } from './pinned.tsx'
import { type Task, tasks } from './sections.ts'

type Lane = Task['status']
export const lanes: { status: Lane; name: string }[] = [
  { status: 'TODO', name: 'To do' },
  { status: 'DOING', name: 'Doing' },
  { status: 'REVIEW', name: 'In review' },
  { status: 'DONE', name: 'Done' },
]
/** Stands for a task that has no id yet. */
const added = 'added'
const laneName = (status: Lane) => lanes.find((lane) => lane.status === status)?.name ?? status

export interface BoardProps {
  live: LiveDocument
  user: User
  record: CopyRecord | null
  writes: boolean
}

/** The board of a space: lanes of tasks, and what is pinned beside them. */
export function Board({ live, user, record, writes }: BoardProps) {
  const all = useEntries(live, tasks)
  const [edited, setEdited] = useState<Edited | null>(null)
  const [lifted, setLifted] = useState<string | null>(null)
  const [said, announce] = useState('')
  const [over, setOver] = useState<Lane | null>(null)
  const focus = useRef<string | null>(null)
  const members = useQuery({
    queryKey: ['members', live.name],
    queryFn: ({ signal }) => ask<Page<Member>>('GET', `/api/documents/${live.name}/members?limit=100`, { signal }),
  })
  const people = members.data?.items ?? []
  const laneOf = (status: Lane) => all.filter((task) => task.status === status).sort(byOrder)

  // a card that changes its lane is drawn anew, and keeps the focus
  useLayoutEffect(() => {
    if (!focus.current) return
    document.querySelector<HTMLElement>(`[data-card="${CSS.escape(focus.current)}"]`)?.focus()
    focus.current = null
  })

  /** @param place how many cards of the lane, without this one, stand before it */
  function move(task: Task, status: Lane, place: number) {
    const others = laneOf(status).filter(({ id }) => id !== task.id)
    const at = Math.max(0, Math.min(place, others.length))
    live.doc.transact(() => {
      for (const [id, order] of keysFor(others, task.id, at)) changeEntry(live, tasks, id, { order })
      changeEntry(live, tasks, task.id, { status })
    })
    focus.current = task.id
    announce(`${task.title}: ${laneName(status)}, place ${at + 1} of ${others.length + 1}.`)
  }

  /** One step with the arrows: up and down in the lane, left and right to the next one. */
  function step(task: Task, key: string) {
    const place = laneOf(task.status).findIndex(({ id }) => id === task.id)
    if (key === 'ArrowUp') return move(task, task.status, place - 1)
    if (key === 'ArrowDown') return move(task, task.status, place + 1)
    const next = lanes[lanes.findIndex(({ status }) => status === task.status) + (key === 'ArrowRight' ? 1 : -1)]
    if (next) move(task, next.status, place)
    else announce(`${task.title} is in the ${key === 'ArrowRight' ? 'last' : 'first'} lane.`)
  }

  function walk({ id, status }: Task, key: string) {
    const lane = laneOf(status)
    const place = lane.findIndex((task) => task.id === id)
    let next = key === 'ArrowUp' ? lane[place - 1] : key === 'ArrowDown' ? lane[place + 1] : undefined
    for (let at = lanes.findIndex((one) => one.status === status), by = key === 'ArrowRight' ? 1 : -1; !next && /Left|Right/.test(key); ) {
      const beside = lanes[(at += by)]
      if (!beside) return
      const cards = laneOf(beside.status)
      next = cards[Math.min(place, cards.length - 1)]
    }
    if (next) document.querySelector<HTMLElement>(`[data-card="${CSS.escape(next.id)}"]`)?.focus()
  }

  function onKey(event: KeyboardEvent, task: Task) {
    if (event.target !== event.currentTarget) return
    const { key } = event
    if (key.startsWith('Arrow') && lifted === task.id) step(task, key)
    else if (key.startsWith('Arrow')) walk(task, key)
    else if (key === ' ' && writes) {
      setLifted(lifted === task.id ? null : task.id)
      announce(lifted === task.id ? `${task.title} put down.` : `${task.title} picked up. Arrows move it, space puts it down.`)
    } else if (key === 'Enter') open(task)
    else if (key === 'Escape' && lifted) {
      setLifted(null)
      announce(`${task.title} put down.`)
    } else return
    event.preventDefault()
  }

  function drop(event: DragEvent, status: Lane) {
    event.preventDefault()
    setOver(null)
    const task = all.find(({ id }) => id === event.dataTransfer.getData('text/plain'))
    if (!task || !writes) return
    const cards = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-card]')].filter((card) => card.dataset.card !== task.id)
    const below = cards.findIndex((card) => {
      const { top, height } = card.getBoundingClientRect()
      return event.clientY < top + height / 2
    })
    move(task, status, below === -1 ? cards.length : below)
  }

  const fields: Field[] = [
    { name: 'title', label: 'What is to be done', kind: 'line', required: true },
    { name: 'text', label: 'More about it', kind: 'text' },
    {
      name: 'assigneeId',
      label: 'Who does it',
      kind: 'choice',
      none: null,
      choices: people.map(({ userId, name }) => ({ value: userId, label: name })),
    },
    { name: 'dueOn', label: 'Until', kind: 'day' },
    {
      name: 'kind',
      label: 'Kind of work',
      kind: 'choice',
      none: null,
      choices: [
        { value: 'CODE', label: 'Code' },
        { value: 'DESIGN', label: 'Design' },
        { value: 'GROWTH', label: 'Growth' },
        { value: 'OPS', label: 'Operations' },
      ],
    },
  ]
  function open(task: Task) {
    setEdited({
      title: writes ? 'Task' : task.title,
      fields,
      entry: { ...task },
      save: (changed) => changeEntry(live, tasks, task.id, changed),
      remove: () => removeEntry(live, tasks, task.id),
    })
  }
  function add(status: Lane) {
    setEdited({
      title: `New task: ${laneName(status)}`,
      fields,
      entry: {},
      save: (given) =>
        live.doc.transact(() => {
          const { [added]: order = '', ...others } = Object.fromEntries(keysFor(laneOf(status), added, laneOf(status).length))
          for (const [id, other] of Object.entries(others)) changeEntry(live, tasks, id, { order: other })
          addEntry(live, tasks, { ...given, status, order } as Partial<Task>)
        }),
    })
  }

  return (
    <>
      <VisuallyHidden role="status" aria-live="assertive">
        {said}
      </VisuallyHidden>
      <VisuallyHidden id="how-to-move">
        {writes ? 'Enter opens the task. Space picks it up; then arrows move it and space puts it down.' : 'Enter opens the task.'}
      </VisuallyHidden>
      <div className="board">
        {lanes.map(({ status, name }) => {
          const cards = laneOf(status)
          return (
            <section
              key={status}
              className="lane"
              aria-label={name}
              data-over={over === status}
              onDragOver={(event) => {
                if (!writes) return
                event.preventDefault()
                setOver(status)
              }}
              onDragLeave={() => setOver(null)}
              onDrop={(event) => drop(event, status)}
            >
              <h2 className="lane-name">
                {name} <span className="lane-count">{cards.length}</span>
              </h2>
              <ul className="lane-cards">
                {cards.map((task) => (
                  <Card
                    key={task.id}
                    task={task}
                    assignee={people.find(({ userId }) => userId === task.assigneeId)}
                    writes={writes}
                    lifted={lifted === task.id}
                    onOpen={() => open(task)}
                    onKeyDown={(event) => onKey(event, task)}
                    onBlur={() => focus.current !== task.id && lifted === task.id && setLifted(null)}
                    onStep={(key) => step(task, key)}
                  />
                ))}
              </ul>
              {writes && (
                <button type="button" className="lane-add" onClick={() => add(status)} aria-label={`Add a task to ${name}`}>
                  <Plus size={16} aria-hidden="true" /> Add a task
                </button>
              )}
            </section>
          )
        })}
      </div>
      <Pinned live={live} user={user} record={record} writes={writes} edit={setEdited} />
      <EntryDialog edited={edited} writes={writes} onClose={() => setEdited(null)} />
    </>
  )
}
