import './board.css'
import { VisuallyHidden } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { type DragEvent, type KeyboardEvent, useLayoutEffect, useRef, useState } from 'react'
import { compareOrder, keysForMove } from '../../../domain/documents/sections/fractional-indexing.ts'
import { TaskCard } from './task-card.tsx'
import { request } from '../../lib/api-client.ts'
import type { Member, Page } from '../../lib/api-types.ts'
import { addEntry, changeEntry, removeEntry, useEntries } from '../sections/section-entries.ts'
import { type EditedEntry, EntryDialog, type Field } from '../sections/entry-dialog.tsx'
import { NotesAndPolls } from './notes-and-polls.tsx'
import { type Task, tasks } from '../sections/section-types.ts'
import type { SectionsProps } from '../sections/sections-props.ts'

type LaneStatus = Task['status']
export const lanes: { status: LaneStatus; name: string }[] = [
  { status: 'TODO', name: 'To do' },
  { status: 'DOING', name: 'Doing' },
  { status: 'REVIEW', name: 'In review' },
  { status: 'DONE', name: 'Done' },
]
/** Stands for a task that has no id yet. */
const newTaskKey = 'added'
const toLaneName = (status: LaneStatus) => lanes.find((lane) => lane.status === status)?.name ?? status

/** The board of a space: lanes of tasks, with notes, ideas and polls below. */
export function Board({ liveDocument, user, record, canWrite }: SectionsProps) {
  const allTasks = useEntries(liveDocument, tasks)
  const [editedEntry, setEditedEntry] = useState<EditedEntry | null>(null)
  const [pickedUpId, setPickedUpId] = useState<string | null>(null)
  const [announcement, announce] = useState('')
  const [dropLane, setDropLane] = useState<LaneStatus | null>(null)
  const focusAfterMove = useRef<string | null>(null)
  const members = useQuery({
    queryKey: ['members', liveDocument.name],
    queryFn: ({ signal }) => request<Page<Member>>('GET', `/api/documents/${liveDocument.name}/members?limit=100`, { signal }),
  })
  const people = members.data?.items ?? []
  const tasksInLane = (status: LaneStatus) => allTasks.filter((task) => task.status === status).sort(compareOrder)

  // A card that changes its lane is mounted again and would lose the focus.
  useLayoutEffect(() => {
    if (!focusAfterMove.current) return
    document.querySelector<HTMLElement>(`[data-task-id="${CSS.escape(focusAfterMove.current)}"]`)?.focus()
    focusAfterMove.current = null
  })

  /** @param index the number of other cards in the lane that come before this one */
  function move(task: Task, status: LaneStatus, index: number) {
    const others = tasksInLane(status).filter(({ id }) => id !== task.id)
    const targetIndex = Math.max(0, Math.min(index, others.length))
    liveDocument.doc.transact(() => {
      for (const [id, order] of keysForMove(others, task.id, targetIndex)) changeEntry(liveDocument, tasks, id, { order })
      changeEntry(liveDocument, tasks, task.id, { status })
    })
    focusAfterMove.current = task.id
    announce(`${task.title}: ${toLaneName(status)}, place ${targetIndex + 1} of ${others.length + 1}.`)
  }

  /** Moves a task one step by an arrow key: up and down in its lane, left and right to the next lane. */
  function moveByKey(task: Task, key: string) {
    const index = tasksInLane(task.status).findIndex(({ id }) => id === task.id)
    if (key === 'ArrowUp') return move(task, task.status, index - 1)
    if (key === 'ArrowDown') return move(task, task.status, index + 1)
    const next = lanes[lanes.findIndex(({ status }) => status === task.status) + (key === 'ArrowRight' ? 1 : -1)]
    if (next) move(task, next.status, index)
    else announce(`${task.title} is in the ${key === 'ArrowRight' ? 'last' : 'first'} lane.`)
  }

  function focusByKey({ id, status }: Task, key: string) {
    const lane = tasksInLane(status)
    const index = lane.findIndex((task) => task.id === id)
    let next = key === 'ArrowUp' ? lane[index - 1] : key === 'ArrowDown' ? lane[index + 1] : undefined
    for (
      let targetIndex = lanes.findIndex((other) => other.status === status), by = key === 'ArrowRight' ? 1 : -1;
      !next && /Left|Right/.test(key);
    ) {
      const nextLane = lanes[(targetIndex += by)]
      if (!nextLane) return
      const cards = tasksInLane(nextLane.status)
      next = cards[Math.min(index, cards.length - 1)]
    }
    if (next) document.querySelector<HTMLElement>(`[data-task-id="${CSS.escape(next.id)}"]`)?.focus()
  }

  function onTaskKeyDown(event: KeyboardEvent, task: Task) {
    if (event.target !== event.currentTarget) return
    const { key } = event
    if (key.startsWith('Arrow') && pickedUpId === task.id) moveByKey(task, key)
    else if (key.startsWith('Arrow')) focusByKey(task, key)
    else if (key === ' ' && canWrite) {
      setPickedUpId(pickedUpId === task.id ? null : task.id)
      announce(pickedUpId === task.id ? `${task.title} put down.` : `${task.title} picked up. Arrows move it, space puts it down.`)
    } else if (key === 'Enter') openTask(task)
    else if (key === 'Escape' && pickedUpId) {
      setPickedUpId(null)
      announce(`${task.title} put down.`)
    } else return
    event.preventDefault()
  }

  function drop(event: DragEvent, status: LaneStatus) {
    event.preventDefault()
    setDropLane(null)
    const task = allTasks.find(({ id }) => id === event.dataTransfer.getData('text/plain'))
    if (!task || !canWrite) return
    const cards = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-task-id]')].filter((card) => card.dataset.taskId !== task.id)
    const firstBelow = cards.findIndex((card) => {
      const { top, height } = card.getBoundingClientRect()
      return event.clientY < top + height / 2
    })
    move(task, status, firstBelow === -1 ? cards.length : firstBelow)
  }

  const fields: Field[] = [
    { name: 'title', label: 'What is to be done', kind: 'line', required: true },
    { name: 'text', label: 'More about it', kind: 'text' },
    {
      name: 'assigneeId',
      label: 'Who does it',
      kind: 'choice',
      emptyValue: null,
      choices: people.map(({ userId, name }) => ({ value: userId, label: name })),
    },
    { name: 'dueOn', label: 'Until', kind: 'day' },
    {
      name: 'kind',
      label: 'Kind of work',
      kind: 'choice',
      emptyValue: null,
      choices: [
        { value: 'CODE', label: 'Code' },
        { value: 'DESIGN', label: 'Design' },
        { value: 'GROWTH', label: 'Growth' },
        { value: 'OPS', label: 'Operations' },
      ],
    },
  ]
  function openTask(task: Task) {
    setEditedEntry({
      title: canWrite ? 'Task' : task.title,
      fields,
      entry: { ...task },
      save: (changed) => changeEntry(liveDocument, tasks, task.id, changed),
      remove: () => removeEntry(liveDocument, tasks, task.id),
    })
  }
  function addTask(status: LaneStatus) {
    setEditedEntry({
      title: `New task: ${toLaneName(status)}`,
      fields,
      entry: {},
      save: (values) =>
        liveDocument.doc.transact(() => {
          const { [newTaskKey]: order = '', ...others } = Object.fromEntries(
            keysForMove(tasksInLane(status), newTaskKey, tasksInLane(status).length),
          )
          for (const [id, other] of Object.entries(others)) changeEntry(liveDocument, tasks, id, { order: other })
          addEntry(liveDocument, tasks, { ...values, status, order } as Partial<Task>)
        }),
    })
  }

  return (
    <>
      <VisuallyHidden role="status" aria-live="assertive">
        {announcement}
      </VisuallyHidden>
      <VisuallyHidden id="how-to-move">
        {canWrite ? 'Enter opens the task. Space picks it up; then arrows move it and space puts it down.' : 'Enter opens the task.'}
      </VisuallyHidden>
      <div className="board">
        {lanes.map(({ status, name }) => {
          const cards = tasksInLane(status)
          return (
            <section
              key={status}
              className="lane"
              aria-label={name}
              data-drop-target={dropLane === status}
              onDragOver={(event) => {
                if (!canWrite) return
                event.preventDefault()
                setDropLane(status)
              }}
              onDragLeave={() => setDropLane(null)}
              onDrop={(event) => drop(event, status)}
            >
              <h2 className="lane-name">
                {name} <span className="lane-count">{cards.length}</span>
              </h2>
              <ul className="lane-cards">
                {cards.map((task) => (
                  <TaskCard
                    key={task.id}
                    task={task}
                    assignee={people.find(({ userId }) => userId === task.assigneeId)}
                    canWrite={canWrite}
                    isPickedUp={pickedUpId === task.id}
                    onOpen={() => openTask(task)}
                    onKeyDown={(event) => onTaskKeyDown(event, task)}
                    onBlur={() => focusAfterMove.current !== task.id && pickedUpId === task.id && setPickedUpId(null)}
                    onMove={(key) => moveByKey(task, key)}
                  />
                ))}
              </ul>
              {canWrite && (
                <button type="button" className="lane-add" onClick={() => addTask(status)} aria-label={`Add a task to ${name}`}>
                  <Plus size={16} aria-hidden="true" /> Add a task
                </button>
              )}
            </section>
          )
        })}
      </div>
      <NotesAndPolls liveDocument={liveDocument} user={user} record={record} canWrite={canWrite} edit={setEditedEntry} />
      <EntryDialog editedEntry={editedEntry} canWrite={canWrite} onClose={() => setEditedEntry(null)} />
    </>
  )
}
