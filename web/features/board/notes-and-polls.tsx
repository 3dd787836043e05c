import { Button } from '@mantine/core'
import { Check } from 'lucide-react'
import type { CSSProperties } from 'react'
import { request } from '../../lib/api-client.ts'
import { addEntry, changeEntry, type EntryFields, removeEntry, type Section, useEntries } from '../sections/section-entries.ts'
import type { EditedEntry, Field } from '../sections/entry-dialog.tsx'
import { SectionPanel } from '../sections/section-panel.tsx'
import { toErrorMessage } from '../../lib/problem.ts'
import { type Idea, ideas, toLabel, type Note, notes, type Poll, polls, votes } from '../sections/section-types.ts'
import type { SectionsProps } from '../sections/sections-props.ts'
import { showToast } from '../../ui/toast.ts'

const noteFields: Field[] = [
  { name: 'title', label: 'Title', kind: 'line', required: true },
  { name: 'text', label: 'Note', kind: 'text', maxLength: 20_000 },
]
const ideaFields: Field[] = [
  { name: 'title', label: 'The idea', kind: 'line', required: true },
  { name: 'text', label: 'More about it', kind: 'text' },
  {
    name: 'state',
    label: 'What becomes of it',
    kind: 'choice',
    choices: (['NEW', 'TAKEN', 'SET_ASIDE'] as const).map((value) => ({ value, label: toLabel(value) })),
  },
]
const pollFields: Field[] = [
  { name: 'question', label: 'Question', kind: 'line', required: true, maxLength: 500 },
  { name: 'lines', label: 'Answers to choose from, one a line', kind: 'text', required: true, maxLength: 4000 },
]

type NotesAndPollsProps = SectionsProps & { edit: (entry: EditedEntry) => void }

/** Notes, ideas and polls of a space. */
export function NotesAndPolls({ liveDocument, user, record, canWrite, edit }: NotesAndPollsProps) {
  const allNotes = useEntries(liveDocument, notes)
  const allIdeas = useEntries(liveDocument, ideas)
  const allPolls = useEntries(liveDocument, polls)

  const openEntry = <T extends { id: string }>(title: string, section: Section<T>, fields: Field[], entry: T) =>
    edit({
      title,
      fields,
      entry: { ...entry },
      save: (changed) => changeEntry(liveDocument, section, entry.id, changed),
      remove: () => removeEntry(liveDocument, section, entry.id),
    })
  const addNew = <T extends { id: string }>(title: string, section: Section<T>, fields: Field[]) =>
    edit({ title, fields, entry: section.defaults as EntryFields, save: (given) => addEntry(liveDocument, section, given as Partial<T>) })
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
        if (texts.length < 2) return showToast('A poll takes two answers at least.', 'red')
        addEntry(liveDocument, polls, { question: String(question), options: texts.map((text, place) => ({ id: `o${place}`, text })) })
      },
    })

  return (
    <div className="section-grid">
      <SectionPanel
        title="Notes"
        emptyText={allNotes.length === 0 && 'Short notes for the team.'}
        add={canWrite && { label: 'Note', onClick: () => addNew('New note', notes, noteFields) }}
      >
        <ul className="note-list">
          {allNotes.map((note: Note) => (
            <li key={note.id}>
              <button type="button" className="note-card" onClick={() => openEntry('Note', notes, noteFields, note)}>
                <strong>{note.title}</strong>
                {note.text && <span className="note-text">{note.text}</span>}
              </button>
            </li>
          ))}
        </ul>
      </SectionPanel>
      <SectionPanel
        title="Ideas"
        emptyText={allIdeas.length === 0 && 'What could be done one day.'}
        add={canWrite && { label: 'Idea', onClick: () => addNew('New idea', ideas, ideaFields) }}
      >
        <ul className="note-list">
          {allIdeas.map((idea: Idea) => (
            <li key={idea.id}>
              <button type="button" className="note-card" onClick={() => openEntry('Idea', ideas, ideaFields, idea)}>
                <strong>{idea.title}</strong>
                {idea.state !== 'NEW' && <span className="note-state">{toLabel(idea.state)}</span>}
                {idea.text && <span className="note-text">{idea.text}</span>}
              </button>
            </li>
          ))}
        </ul>
      </SectionPanel>
      <SectionPanel
        title="Polls"
        emptyText={allPolls.length === 0 && 'A question to everybody: one vote each.'}
        add={canWrite && { label: 'Poll', onClick: addPoll }}
      >
        {allPolls.map((poll) => (
          <PollCard key={poll.id} liveDocument={liveDocument} user={user} record={record} canWrite={canWrite} poll={poll} />
        ))}
      </SectionPanel>
    </div>
  )
}

/** A poll. The server writes the votes, so a vote always belongs to the user it names. */
function PollCard({ liveDocument, user, record, canWrite, poll }: SectionsProps & { poll: Poll }) {
  const votesForPoll = useEntries(liveDocument, votes).filter(({ pollId }) => pollId === poll.id)
  const ownOptionId = votesForPoll.find(({ userId }) => userId === user.id)?.optionId
  const canVote = !poll.closed && (canWrite || record?.role === 'commenter')
  async function vote(optionId: string) {
    const space = liveDocument.name.slice('space:'.length)
    await request('POST', `/api/spaces/${space}/polls/${poll.id}/votes`, { body: { optionId } }).catch((error: unknown) =>
      showToast(`Your vote was not taken. ${toErrorMessage(error)}`, 'red'),
    )
  }
  const options = poll.options.filter((option) => typeof option?.id === 'string' && typeof option.text === 'string')
  return (
    <fieldset className="poll">
      <legend>{poll.question}</legend>
      {options.map(({ id, text }) => {
        const count = votesForPoll.filter(({ optionId }) => optionId === id).length
        return (
          <button
            key={id}
            type="button"
            className="poll-option"
            aria-pressed={ownOptionId === id}
            disabled={!canVote}
            onClick={() => void vote(id)}
            style={{ '--vote-share': `${votesForPoll.length ? (100 * count) / votesForPoll.length : 0}%` } as CSSProperties}
          >
            <span className="poll-check">{ownOptionId === id && <Check size={15} aria-label="your vote" />}</span>
            <span className="poll-text">{text}</span>
            <span className="poll-count">{count}</span>
          </button>
        )
      })}
      {canWrite && (
        <span className="poll-actions">
          <Button
            size="compact-xs"
            variant="subtle"
            color="gray"
            onClick={() => changeEntry(liveDocument, polls, poll.id, { closed: !poll.closed })}
          >
            {poll.closed ? 'Open again' : 'Close the poll'}
          </Button>
          <Button size="compact-xs" variant="subtle" color="gray" onClick={() => removeEntry(liveDocument, polls, poll.id)}>
            Remove
          </Button>
        </span>
      )}
    </fieldset>
  )
}
