/** A space's board: tasks in lanes, notes, ideas and polls, beside the text of its document. */
import type { Doc } from 'yjs'
import { z } from 'zod'
import { comment, edit, read, userOf } from '../access/permission.ts'
import { authorOf, entryOperations, inSection } from '../documents/entry.ts'
import { entriesOf, type Entry, putEntry, type Section } from '../documents/section.ts'
import { documentOf } from '../documents/snapshot.ts'
import { DomainError, notFound } from '../kernel/errors.ts'
import { command, query } from '../kernel/operation.ts'
import { ideas } from './idea.ts'
import { notes } from './note.ts'
import { polls, votes } from './poll.ts'
import { byLane, keysAt, Lane, type Place, type Task, tasks } from './task.ts'

/** What the server holds a space to. */
export const boardSections = [tasks, notes, ideas, polls, votes] as readonly Section[]

type Of<T> = T extends Section<infer S> ? Entry<S> : never
export type Note = Of<typeof notes>
export type Idea = Of<typeof ideas>
/** A poll with its count; `mine` is the option that the one who asks voted for. */
export type Poll = Omit<Of<typeof polls>, 'options'> & { options: { id: string; text: string; votes: number }[]; mine: string | null }
export interface Board {
  tasks: Task[]
  notes: Note[]
  ideas: Idea[]
  polls: Poll[]
}

const spaceName = ({ id }: { id: string }) => `space:${id}`
const told = (noun: string) => ({ slice: 'spaces', noun, documentOf: (id: string) => spaceName({ id }) })

/** Writes the keys that a move takes, and answers the moved one's own. */
function placed(document: Doc, id: string, status: Task['status'], place: Place): string {
  const keys = keysAt(entriesOf(document, tasks), id, status, place)
  if (!keys)
    throw new DomainError('conflict', `The task ${place.before ?? place.after} is not in ${status} (any more); read the board again.`)
  for (const [one, order] of keys) if (one !== id) putEntry(document, tasks, one, { order })
  return keys.get(id) as string
}

export const taskOperations = entryOperations(tasks, {
  ...told('Task'),
  own: ['order'],
  beside(document, id, { status }) {
    const present = entriesOf(document, tasks).find((task) => task.id === id)
    if (status === undefined || present?.status === status) return {}
    return { order: placed(document, id, status as Task['status'], {}) }
  },
})
export const noteOperations = entryOperations(notes, told('Note'))
export const ideaOperations = entryOperations(ideas, told('Idea'))
export const pollOperations = entryOperations(polls, told('Poll'))

/** Moves a task to a lane: before or after another there, else to its end. */
export const moveTask = command('spaces.moveTask', {
  input: {
    id: z.uuid(),
    entryId: z.string().max(100),
    status: Lane,
    before: z.string().max(100).optional(),
    after: z.string().max(100).optional(),
  },
  may: edit(spaceName),
  async does(work, { id, entryId, status, before, after }) {
    if (before !== undefined && after !== undefined) {
      const message = 'takes one of before and after'
      throw new DomainError('invalid-input', `before: ${message}`, { fields: [{ path: 'before', message }] })
    }
    return { id, entryId, status, place: { before, after }, author: authorOf(work) }
  },
  afterwards: ({ id, entryId, status, place, author }, ports): Promise<Task> =>
    inSection(ports, tasks, spaceName({ id }), author, (document) => {
      if (!entriesOf(document, tasks).some((task) => task.id === entryId)) throw notFound()
      putEntry(document, tasks, entryId, { order: placed(document, entryId, status, place), status })
      return entryId
    }),
})

/** Votes, or votes anew. Whoever may comment may vote; the vote is written by the server, in its own name. */
export const vote = command('spaces.vote', {
  input: { id: z.uuid(), entryId: z.string().max(100), optionId: z.string().max(40) },
  may: comment(spaceName),
  does: async (work, { id, entryId, optionId }) => ({ id, entryId, optionId, userId: userOf(work) }),
  async afterwards({ id, entryId, optionId, userId }, ports): Promise<Poll> {
    const { answer } = await ports.write(spaceName({ id }), null, (document) => {
      const poll = entriesOf(document, polls).find((one) => one.id === entryId)
      if (!poll) throw notFound()
      if (poll.closed) throw new DomainError('conflict', 'The poll is closed.')
      if (!poll.options.some((option) => option.id === optionId)) {
        throw new DomainError('invalid-input', 'optionId: the poll has no such option', {
          fields: [{ path: 'optionId', message: 'the poll has no such option' }],
        })
      }
      const there = new Set(entriesOf(document, polls).map((one) => one.id))
      // of polls that are gone
      for (const old of entriesOf(document, votes)) if (!there.has(old.pollId)) document.getMap(votes.name).delete(old.id)
      putEntry(document, votes, `${entryId}:${userId}`, { pollId: entryId, userId, optionId })
      return counted(document, userId).find((one) => one.id === entryId)
    })
    if (!answer) throw notFound()
    return answer
  },
})

/** The polls with their counts. A vote for an option that is gone counts for nothing. */
function counted(document: Doc, userId: string): Poll[] {
  const cast = entriesOf(document, votes)
  return entriesOf(document, polls).map((poll) => {
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
  may: read(spaceName),
  async does(view, { id }): Promise<Board> {
    const { document } = await documentOf(view, id)
    return {
      tasks: entriesOf(document, tasks).sort(byLane),
      notes: entriesOf(document, notes),
      ideas: entriesOf(document, ideas),
      polls: counted(document, userOf(view)),
    }
  },
})
