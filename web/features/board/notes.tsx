import { toEditedEntry, toNewEntry } from '../sections/edited-entry.ts'
import type { EditedEntry, Field } from '../sections/entry-dialog.tsx'
import { useEntries } from '../sections/section-entries.ts'
import { SectionPanel } from '../sections/section-panel.tsx'
import { ideas, type Note, notes, toLabel } from '../sections/section-types.ts'
import type { SectionsProps } from '../sections/sections-props.ts'

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

interface NoteCardProps {
  note: Note
  /** The state of an idea. */
  state?: string | undefined
  onOpen: () => void
}

/** A note or an idea. */
function NoteCard({ note: { title, text }, state, onOpen }: NoteCardProps) {
  return (
    <li>
      <button type="button" className="note-card" onClick={onOpen}>
        <strong>{title}</strong>
        {state && <span className="note-state">{state}</span>}
        {text && <span className="note-text">{text}</span>}
      </button>
    </li>
  )
}

interface NotesProps extends Pick<SectionsProps, 'liveDocument' | 'canWrite'> {
  onEdit: (entry: EditedEntry) => void
}

/** The notes of a space. */
export function Notes({ liveDocument, canWrite, onEdit }: NotesProps) {
  const allNotes = useEntries(liveDocument, notes)
  const form = { title: 'Note', fields: noteFields }
  return (
    <SectionPanel
      title="Notes"
      emptyText={allNotes.length === 0 && 'Short notes for the team.'}
      add={canWrite && { label: 'Note', onClick: () => onEdit(toNewEntry(liveDocument, notes, { ...form, title: 'New note' })) }}
    >
      <ul className="note-list">
        {allNotes.map((note) => (
          <NoteCard key={note.id} note={note} onOpen={() => onEdit(toEditedEntry(liveDocument, notes, form, note))} />
        ))}
      </ul>
    </SectionPanel>
  )
}

/** The ideas of a space. */
export function Ideas({ liveDocument, canWrite, onEdit }: NotesProps) {
  const allIdeas = useEntries(liveDocument, ideas)
  const form = { title: 'Idea', fields: ideaFields }
  return (
    <SectionPanel
      title="Ideas"
      emptyText={allIdeas.length === 0 && 'What could be done one day.'}
      add={canWrite && { label: 'Idea', onClick: () => onEdit(toNewEntry(liveDocument, ideas, { ...form, title: 'New idea' })) }}
    >
      <ul className="note-list">
        {allIdeas.map((idea) => (
          <NoteCard
            key={idea.id}
            note={idea}
            state={idea.state === 'NEW' ? undefined : toLabel(idea.state)}
            onOpen={() => onEdit(toEditedEntry(liveDocument, ideas, form, idea))}
          />
        ))}
      </ul>
    </SectionPanel>
  )
}
