import type { LiveDocument } from '../../lib/collab/live-document.ts'
import type { EditedEntry, Field } from '../sections/entry-dialog.tsx'
import { addEntry, useEntries } from '../sections/section-entries.ts'
import { SectionPanel } from '../sections/section-panel.tsx'
import { type Poll, polls, votes } from '../sections/section-types.ts'
import type { SectionsProps } from '../sections/sections-props.ts'
import { showToast } from '../../ui/toast.ts'
import { PollCard } from './poll-card.tsx'

const pollFields: Field[] = [
  { name: 'question', label: 'Question', kind: 'line', required: true, maxLength: 500 },
  { name: 'lines', label: 'Answers to choose from, one a line', kind: 'text', required: true, maxLength: 4000 },
]

/** The options of a poll: the different lines of a text, at most 20. */
function toPollOptions(lines: string): Poll['options'] {
  const texts = new Set(lines.split('\n').map((line) => line.trim().slice(0, 200)))
  return [...texts]
    .filter(Boolean)
    .slice(0, 20)
    .map((text, index) => ({ id: `o${index}`, text }))
}

const toNewPoll = (liveDocument: LiveDocument): EditedEntry => ({
  title: 'New poll',
  fields: pollFields,
  entry: {},
  save({ question, lines }) {
    const options = toPollOptions(String(lines ?? ''))
    if (options.length < 2) return showToast('A poll takes two answers at least.', 'red')
    addEntry(liveDocument, polls, { question: String(question), options })
  },
})

/** The polls of a space. */
export function Polls({ liveDocument, user, record, canWrite, onEdit }: SectionsProps & { onEdit: (entry: EditedEntry) => void }) {
  const allPolls = useEntries(liveDocument, polls)
  const allVotes = useEntries(liveDocument, votes)
  return (
    <SectionPanel
      title="Polls"
      emptyText={allPolls.length === 0 && 'A question to everybody: one vote each.'}
      add={canWrite && { label: 'Poll', onClick: () => onEdit(toNewPoll(liveDocument)) }}
    >
      {allPolls.map((poll) => (
        <PollCard
          key={poll.id}
          liveDocument={liveDocument}
          poll={poll}
          votes={allVotes.filter(({ pollId }) => pollId === poll.id)}
          userId={user.id}
          canWrite={canWrite}
          canVote={!poll.closed && (canWrite || record?.role === 'commenter')}
        />
      ))}
    </SectionPanel>
  )
}
