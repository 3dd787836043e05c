import { keysForMove } from '../../../domain/documents/sections/fractional-indexing.ts'
import type { Member } from '../../lib/api-types.ts'
import type { LiveDocument } from '../../lib/collab/live-document.ts'
import type { EditedEntry, Field } from '../sections/entry-dialog.tsx'
import { addEntry, changeEntry } from '../sections/section-entries.ts'
import { type Task, tasks } from '../sections/section-types.ts'
import { editSections } from '../sections/section-undo.ts'
import { getTasksInLane, type LaneStatus, toLaneName } from './lanes.ts'

/** The fields of a task, with the people who may do it. */
export const toTaskFields = (people: readonly Member[]): Field[] => [
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

/** Stands for a task that has no id yet. */
const newTaskKey = 'added'

/** Adds a task at the end of a lane. */
export function toNewTask(
  liveDocument: LiveDocument,
  allTasks: readonly Task[],
  status: LaneStatus,
  fields: readonly Field[],
): EditedEntry {
  return {
    title: `New task: ${toLaneName(status)}`,
    fields,
    entry: {},
    save: (values) =>
      editSections(liveDocument, () => {
        const lane = getTasksInLane(allTasks, status)
        const { [newTaskKey]: order = '', ...others } = Object.fromEntries(keysForMove(lane, newTaskKey, lane.length))
        for (const [id, other] of Object.entries(others)) changeEntry(liveDocument, tasks, id, { order: other })
        addEntry(liveDocument, tasks, { ...values, status, order } as Partial<Task>)
      }),
  }
}
