import { z } from 'zod'
import {
  type Board,
  getBoard,
  ideaOperations,
  moveTask,
  noteOperations,
  type Poll,
  pollOperations,
  taskOperations,
  vote,
} from '../domain/spaces/board.ts'
import { ideas } from '../domain/spaces/idea.ts'
import { notes } from '../domain/spaces/note.ts'
import { polls } from '../domain/spaces/poll.ts'
import { type Task, tasks } from '../domain/spaces/task.ts'
import { act, answer, get } from './endpoint.ts'
import { bodyOf, entriesAt } from './entries.ts'

export const TaskBody = bodyOf(tasks, 'Task')
export const NoteBody = bodyOf(notes, 'Note')
export const IdeaBody = bodyOf(ideas, 'Idea')
export const PollBody = bodyOf(polls, 'Poll')

const CountedPoll = PollBody.extend({
  options: z.array(z.object({ id: z.string(), text: z.string(), votes: z.number().int() })),
  mine: z.string().nullable().describe('the option that you voted for'),
}).meta({ id: 'CountedPoll' })
const BoardBody = z
  .object({ tasks: z.array(TaskBody), notes: z.array(NoteBody), ideas: z.array(IdeaBody), polls: z.array(CountedPoll) })
  .meta({ id: 'Board' })

const board = answer(BoardBody, (one: Board) => one)
const task = answer(TaskBody, (one: Task) => one)
const poll = answer(CountedPoll, (one: Poll) => one)

const root = '/spaces/:id'

export const boards = [
  get(`${root}/board`, getBoard, board),
  ...entriesAt(`${root}/tasks`, taskOperations, TaskBody),
  act(`${root}/tasks/:entryId/move`, moveTask, task),
  ...entriesAt(`${root}/notes`, noteOperations, NoteBody),
  ...entriesAt(`${root}/ideas`, ideaOperations, IdeaBody),
  ...entriesAt(`${root}/polls`, pollOperations, PollBody),
  act(`${root}/polls/:entryId/votes`, vote, poll),
]
