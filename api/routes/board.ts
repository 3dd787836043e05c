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
} from '../../domain/spaces/board.ts'
import { ideas } from '../../domain/spaces/idea.ts'
import { notes } from '../../domain/spaces/note.ts'
import { polls } from '../../domain/spaces/poll.ts'
import { type Task, tasks } from '../../domain/spaces/task.ts'
import { action, jsonResponse, get } from '../http/endpoint.ts'
import { entryBody, entryEndpoints } from './entries.ts'

export const TaskBody = entryBody(tasks, 'Task')
export const NoteBody = entryBody(notes, 'Note')
export const IdeaBody = entryBody(ideas, 'Idea')
export const PollBody = entryBody(polls, 'Poll')

const CountedPoll = PollBody.extend({
  options: z.array(z.object({ id: z.string(), text: z.string(), votes: z.number().int() })),
  mine: z.string().nullable().describe('the option that you voted for'),
}).meta({ id: 'CountedPoll' })
const BoardBody = z
  .object({ tasks: z.array(TaskBody), notes: z.array(NoteBody), ideas: z.array(IdeaBody), polls: z.array(CountedPoll) })
  .meta({ id: 'Board' })

const board = jsonResponse(BoardBody, (one: Board) => one)
const task = jsonResponse(TaskBody, (one: Task) => one)
const poll = jsonResponse(CountedPoll, (one: Poll) => one)

const root = '/spaces/:id'

export const boards = [
  get(`${root}/board`, 'Returns the board of a team space: tasks, notes, ideas and polls.', getBoard, board),
  ...entryEndpoints(`${root}/tasks`, 'a task', 'the board', taskOperations, TaskBody),
  action(`${root}/tasks/:entryId/move`, 'Moves a task to a column, before or after another task or to the end.', moveTask, task),
  ...entryEndpoints(`${root}/notes`, 'a note', 'the board', noteOperations, NoteBody),
  ...entryEndpoints(`${root}/ideas`, 'an idea', 'the board', ideaOperations, IdeaBody),
  ...entryEndpoints(`${root}/polls`, 'a poll', 'the board', pollOperations, PollBody),
  action(`${root}/polls/:entryId/votes`, 'Votes for an option of a poll, or changes your vote.', vote, poll),
]
