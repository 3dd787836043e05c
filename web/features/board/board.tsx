import './board.css'
import { VisuallyHidden } from '@mantine/core'
import { useState } from 'react'
import { useMemberList } from '../../lib/members.ts'
import { toEditedEntry } from '../sections/edited-entry.ts'
import { type EditedEntry, EntryDialog } from '../sections/entry-dialog.tsx'
import { useEntries } from '../sections/section-entries.ts'
import { type Task, tasks } from '../sections/section-types.ts'
import type { SectionsProps } from '../sections/sections-props.ts'
import { toNewTask, toTaskFields } from './edited-task.ts'
import { Lane } from './lane.tsx'
import { getTasksInLane, lanes } from './lanes.ts'
import { Ideas, Notes } from './notes.tsx'
import { Polls } from './polls.tsx'
import { TaskCard } from './task-card.tsx'
import { useTaskKeyboard } from './task-keyboard.ts'
import { useTaskMoves } from './task-moves.ts'

interface TaskBoardProps extends Pick<SectionsProps, 'liveDocument' | 'canWrite'> {
  onEdit: (entry: EditedEntry) => void
}

/** The lanes and their tasks. */
function TaskBoard({ liveDocument, canWrite, onEdit }: TaskBoardProps) {
  const allTasks = useEntries(liveDocument, tasks)
  const people = useMemberList(liveDocument.name).data?.items ?? []
  const fields = toTaskFields(people)
  const openTask = (task: Task) => onEdit(toEditedEntry(liveDocument, tasks, { title: canWrite ? 'Task' : task.title, fields }, task))
  const moves = useTaskMoves(liveDocument, allTasks)
  const { pickedUpId, handleKeyDown, handleBlur } = useTaskKeyboard({ allTasks, canWrite, moves, onOpen: openTask })

  return (
    <>
      <VisuallyHidden role="status" aria-live="assertive">
        {moves.announcement}
      </VisuallyHidden>
      <VisuallyHidden id="how-to-move">
        {canWrite ? 'Enter opens the task. Space picks it up; then arrows move it and space puts it down.' : 'Enter opens the task.'}
      </VisuallyHidden>
      <div className="board">
        {lanes.map(({ status, name }) => {
          const tasksInLane = getTasksInLane(allTasks, status)
          return (
            <Lane
              key={status}
              name={name}
              count={tasksInLane.length}
              canWrite={canWrite}
              onAdd={() => onEdit(toNewTask(liveDocument, allTasks, status, fields))}
              onDropTask={(taskId, index) => {
                const task = allTasks.find(({ id }) => id === taskId)
                if (task) moves.move(task, status, index)
              }}
            >
              {tasksInLane.map((task) => (
                <TaskCard
                  key={task.id}
                  task={task}
                  assignee={people.find(({ userId }) => userId === task.assigneeId)}
                  canWrite={canWrite}
                  isPickedUp={pickedUpId === task.id}
                  onOpen={() => openTask(task)}
                  onKeyDown={(event) => handleKeyDown(event, task)}
                  onBlur={() => handleBlur(task)}
                  onMove={(key) => moves.moveByKey(task, key)}
                />
              ))}
            </Lane>
          )
        })}
      </div>
    </>
  )
}

/** The board of a space: lanes of tasks, with notes, ideas and polls below. */
export function Board({ liveDocument, user, record, canWrite }: SectionsProps) {
  const [editedEntry, setEditedEntry] = useState<EditedEntry | null>(null)
  return (
    <>
      <TaskBoard liveDocument={liveDocument} canWrite={canWrite} onEdit={setEditedEntry} />
      <div className="section-grid">
        <Notes liveDocument={liveDocument} canWrite={canWrite} onEdit={setEditedEntry} />
        <Ideas liveDocument={liveDocument} canWrite={canWrite} onEdit={setEditedEntry} />
        <Polls liveDocument={liveDocument} user={user} record={record} canWrite={canWrite} onEdit={setEditedEntry} />
      </div>
      <EntryDialog editedEntry={editedEntry} canWrite={canWrite} onClose={() => setEditedEntry(null)} />
    </>
  )
}
