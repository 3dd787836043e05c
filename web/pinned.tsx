import { Button } from '@mantine/core'
import { Check } from 'lucide-react'
import { ask } from './client.ts'
import type { BoardProps } from './board.tsx'
import { addEntry, changeEntry, type Fields, removeEntry, type Section, useEntries } from './entries.ts'
import type { Edited, Field } from './entry-dialog.tsx'
import { Part } from './part.tsx'
import { explain } from './problem.ts'
import { type Idea, ideas, inWords, type Note, notes, type Poll, polls, votes } from './sections.ts'
import { say } from './toast.ts'

const noteFields: Field[] = [
  { name: 'title', label: 'Title', kind: 'line', required: true },
  { name: 'text', label: 'Note', kind: 'text', longest: 20_000 },
]
const ideaFields: Field[] = [
  { name: 'title', label: 'The idea', kind: 'line', required: true },
  { name: 'text', label: 'More about it', kind: 'text' },
  {
    name: 'state',
    label: 'What becomes of it',
    kind: 'choice',
    choices: (['NEW', 'TAKEN', 'SET_ASIDE'] as const).map((value) => ({ value, label: inWords(value) })),
  },
]
const pollFields: Field[] = [
  { name: 'question', label: 'Question', kind: 'line', required: true, longest: 500 },
  { name: 'lines', label: 'Answers to choose from, one a line', kind: 'text', required: true, longest: 4000 },
]

type PinnedProps = BoardProps & { edit: (edited: Edited) => void }

/** Notes, ideas and polls of a space. */
export function Pinned({ live, user, record, writes, edit }: PinnedProps) {
  const allNotes = useEntries(live, notes)
  const allIdeas = useEntries(live, ideas)
  const allPolls = useEntries(live, polls)

  const open = <T extends { id: string }>(title: string, section: Section<T>, fields: Field[], entry: T) =>
    edit({
      title,
      fields,
      entry: { ...entry },
      save: (changed) => changeEntry(live, section, entry.id, changed),
      remove: () => removeEntry(live, section, entry.id),
    })
  const add = <T extends { id: string }>(title: string, section: Section<T>, fields: Field[]) =>
    edit({ title, fields, entry: section.blank as Fields, save: (given) => addEntry(live, section, given as Partial<T>) })
  const addPoll = () =>
    edit({
      title: 'New poll',
      fields: pollFields,
      entry: {},
      save({ question, lines }) {
        const texts = [
          ...new Set(
            String(lines ?? '')
              .split('\n')
              .map((one) => one.trim().slice(0, 200)),
          ),
        ]
          .filter(Boolean)
          .slice(0, 20)
        if (texts.length < 2) return say('A poll takes two answers at least.', 'red')
        addEntry(live, polls, { question: String(question), options: texts.map((text, place) => ({ id: `o${place}`, text })) })
      },
    })

  return (
    <div className="part-grid">
      <Part
        title="Notes"
        empty={allNotes.length === 0 && 'Short notes for the team.'}
        add={writes && { label: 'Note', go: () => add('New note', notes, noteFields) }}
      >
        <ul className="pins">
          {allNotes.map((note: Note) => (
            <li key={note.id}>
              <button type="button" className="pin" onClick={() => open('Note', notes, noteFields, note)}>
                <strong>{note.title}</strong>
                {note.text && <span className="pin-text">{note.text}</span>}
              </button>
            </li>
          ))}
        </ul>
      </Part>
      <Part
        title="Ideas"
        empty={allIdeas.length === 0 && 'What could be done one day.'}
        add={writes && { label: 'Idea', go: () => add('New idea', ideas, ideaFields) }}
      >
        <ul className="pins">
          {allIdeas.map((idea: Idea) => (
            <li key={idea.id}>
              <button type="button" className="pin" onClick={() => open('Idea', ideas, ideaFields, idea)}>
                <strong>{idea.title}</strong>
                {idea.state !== 'NEW' && <span className="pin-state">{inWords(idea.state)}</span>}
                {idea.text && <span className="pin-text">{idea.text}</span>}
              </button>
            </li>
          ))}
        </ul>
      </Part>
      <Part
        title="Polls"
        empty={allPolls.length === 0 && 'A question to everybody: one vote each.'}
        add={writes && { label: 'Poll', go: addPoll }}
      >
        {allPolls.map((poll) => (
          <PollCard key={poll.id} live={live} user={user} record={record} writes={writes} poll={poll} />
        ))}
      </Part>
    </div>
  )
}

/** A poll. Votes are written by the server: that is how each is whose it says. */
function PollCard({ live, user, record, writes, poll }: BoardProps & { poll: Poll }) {
  const cast = useEntries(live, votes).filter(({ pollId }) => pollId === poll.id)
  const mine = cast.find(({ userId }) => userId === user.id)?.optionId
  const may = !poll.closed && (writes || record?.role === 'commenter')
  async function vote(optionId: string) {
    const space = live.name.slice('space:'.length)
    await ask('POST', `/api/spaces/${space}/polls/${poll.id}/votes`, { body: { optionId } }).catch((error: unknown) =>
      say(`Your vote was not taken. ${explain(error)}`, 'red'),
    )
  }
  const options = poll.options.filter((option) => typeof option?.id === 'string' && typeof option.text === 'string')
  return (
    <fieldset className="poll">
      <legend>{poll.question}</legend>
      {options.map(({ id, text }) => {
        const count = cast.filter(({ optionId }) => optionId === id).length
        return (
          <button
            key={id}
            type="button"
            className="poll-option"
            aria-pressed={mine === id}
            disabled={!may}
            onClick={() => void vote(id)}
            style={{ '--share': `${cast.length ? (100 * count) / cast.length : 0}%` } as never}
          >
            <span className="poll-mine">{mine === id && <Check size={15} aria-label="your vote" />}</span>
            <span className="poll-text">{text}</span>
            <span className="poll-count">{count}</span>
          </button>
        )
      })}
      {writes && (
        <span className="poll-foot">
          <Button
            size="compact-xs"
            variant="subtle"
            color="gray"
            onClick={() => changeEntry(live, polls, poll.id, { closed: !poll.closed })}
          >
            {poll.closed ? 'Open again' : 'Close the poll'}
          </Button>
          <Button size="compact-xs" variant="subtle" color="gray" onClick={() => removeEntry(live, polls, poll.id)}>
            Remove
          </Button>
        </span>
      )}
    </fieldset>
  )
}
