/** A space's board: tasks in lanes, notes, ideas and polls, beside the text of its document. */
import type { Doc } from 'yjs'
import { z } from 'zod'
import { requireCommenter, requireEditor, requireViewer } from '../access/permission.ts'
import { requireUserId } from '../kernel/permission.ts'
import { entryOperations, editSection } from '../documents/sections/entry-operations.ts'
import { readEntries, type Entry, writeEntry, type Section } from '../documents/sections/section.ts'
import { readCommittedDocument } from '../documents/journal/snapshot.ts'
import { DomainError, notFound } from '../kernel/errors.ts'
import { formatAuthor } from '../kernel/actor.ts'
import { command, query } from '../kernel/operation.ts'
import { ideas } from './idea.ts'
import { notes } from './note.ts'
import { polls, votes } from './poll.ts'
import { compareTasks, keysForTaskMove, Lane, type TaskPosition, type Task, tasks } from './task.ts'

/** The sections of a space. */
export const boardSections = [tasks, notes, ideas, polls, votes] as readonly Section[]

type Of<T> = T extends Section<infer S> ? Entry<S> : never
export type Note = Of<typeof notes>
export type Idea = Of<typeof ideas>
/** A poll with its counts; `mine` is the option that the actor voted for. */
export type Poll = Omit<Of<typeof polls>, 'options'> & { options: { id: string; text: string; votes: number }[]; mine: string | null }
export interface Board {
  tasks: Task[]
  notes: Note[]
  ideas: Idea[]
  polls: Poll[]
}

const spaceName = ({ id }: { id: string }) => `space:${id}`
const entryOptions = (noun: string) => ({ slice: 'spaces', noun, documentOf: (id: string) => spaceName({ id }) })

/** Writes the order keys of a move. @returns the key of the moved task */
function moveEntry(document: Doc, id: string, status: Task['status'], place: TaskPosition): string {
  const keys = keysForTaskMove(readEntries(document, tasks), id, status, place)
  if (!keys) throw new DomainError('conflict', `The task ${place.before ?? place.after} is not in ${status}. Read the board again.`)
  for (const [one, order] of keys) if (one !== id) writeEntry(document, tasks, one, { order })
  return keys.get(id) as string
}

export const taskOperations = entryOperations(tasks, {
  ...entryOptions('Task'),
  serverFields: ['order'],
  deriveFields(document, id, { status }) {
    const present = readEntries(document, tasks).find((task) => task.id === id)
    if (status === undefined || present?.status === status) return {}
    return { order: moveEntry(document, id, status as Task['status'], {}) }
  },
})
export const noteOperations = entryOperations(notes, entryOptions('Note'))
export const ideaOperations = entryOperations(ideas, entryOptions('Idea'))
export const pollOperations = entryOperations(polls, entryOptions('Poll'))

/** Moves a task to a lane: before or after another task, else to its end. */
export const moveTask = command('spaces.moveTask', {
  input: {
    id: z.uuid(),
    entryId: z.string().max(100),
    status: Lane,
    before: z.string().max(100).optional(),
    after: z.string().max(100).optional(),
  },
  authorize: requireEditor(spaceName),
  async execute(work, { id, entryId, status, before, after }) {
    if (before !== undefined && after !== undefined) {
      const message = 'give either before or after, not both'
      throw new DomainError('invalid-input', `before: ${message}`, { fields: [{ path: 'before', message }] })
    }
    return { id, entryId, status, place: { before, after }, author: formatAuthor(work.actor) }
  },
  afterCommit: ({ id, entryId, status, place, author }, ports): Promise<Task> =>
    editSection(ports, tasks, spaceName({ id }), author, (document) => {
      if (!readEntries(document, tasks).some((task) => task.id === entryId)) throw notFound()
      writeEntry(document, tasks, entryId, { order: moveEntry(document, entryId, status, place), status })
      return entryId
    }),
})

/** Votes, or changes the vote. Requires the commenter role; the server writes the vote in its own name. */
export const vote = command('spaces.vote', {
  input: { id: z.uuid(), entryId: z.string().max(100), optionId: z.string().max(40) },
  authorize: requireCommenter(spaceName),
  execute: async (work, { id, entryId, optionId }) => ({ id, entryId, optionId, userId: requireUserId(work) }),
  async afterCommit({ id, entryId, optionId, userId }, ports): Promise<Poll> {
    const { result } = await ports.editDocument(spaceName({ id }), null, (document) => {
      const poll = readEntries(document, polls).find((one) => one.id === entryId)
      if (!poll) throw notFound()
      if (poll.closed) throw new DomainError('conflict', 'The poll is closed.')
      if (!poll.options.some((option) => option.id === optionId)) {
        throw new DomainError('invalid-input', 'optionId: the poll has no such option', {
          fields: [{ path: 'optionId', message: 'the poll has no such option' }],
        })
      }
      const there = new Set(readEntries(document, polls).map((one) => one.id))
      // votes of deleted polls
      for (const old of readEntries(document, votes)) if (!there.has(old.pollId)) document.getMap(votes.name).delete(old.id)
      writeEntry(document, votes, `${entryId}:${userId}`, { pollId: entryId, userId, optionId })
      return countVotes(document, userId).find((one) => one.id === entryId)
    })
    if (!result) throw notFound()
    return result
  },
})

/** The polls with their counts. A vote for a deleted option is not counted. */
function countVotes(document: Doc, userId: string): Poll[] {
  const cast = readEntries(document, votes)
  return readEntries(document, polls).map((poll) => {
    const here = cast.filter(({ pollId }) => pollId === poll.id)
    return {
      ...poll,
      options: poll.options.map((option) => ({ ...option, votes: here.filter(({ optionId }) => optionId === option.id).length })),
      mine: here.find((one) => one.userId === userId)?.optionId ?? null,
    }
  })
}

export const getBoard = query('spaces.getBoard', {
  input: { id: z.uuid() },
  authorize: requireViewer(spaceName),
  async execute(view, { id }): Promise<Board> {
    const { document } = await readCommittedDocument(view, id)
    return {
      tasks: readEntries(document, tasks).sort(compareTasks),
      notes: readEntries(document, notes),
      ideas: readEntries(document, ideas),
      polls: countVotes(document, requireUserId(view)),
    }
  },
})
