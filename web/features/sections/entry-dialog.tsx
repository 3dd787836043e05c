import { Button, Group, Modal, NativeSelect, Stack, Textarea, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import type { EntryFields } from './section-entries.ts'

/** A field of a form: its label and the values it takes. */
export interface Field {
  name: string
  label: string
  kind: 'line' | 'text' | 'number' | 'day' | 'choice'
  required?: boolean
  maxLength?: number
  min?: number
  max?: number
  choices?: readonly { value: string; label: string }[]
  /** Null: the empty choice is offered and writes null. */
  emptyValue?: null
}

export interface EditedEntry {
  /** The title of the dialog: "New task". */
  title: string
  fields: readonly Field[]
  entry: EntryFields
  save: (fields: EntryFields) => void
  remove?: () => void
}

interface EntryDialogProps {
  editedEntry: EditedEntry | null
  canWrite: boolean
  onClose: () => void
}

const toText = (value: unknown): string => (value === null || value === undefined ? '' : String(value))

function toValue({ kind, emptyValue }: Field, text: string): unknown {
  if (kind === 'number') return Number(text)
  if (kind === 'line') return text.trim()
  if (text === '' && (kind === 'day' || emptyValue === null)) return null
  return text
}

/** Edits one entry. Only changed fields are written, so that concurrent changes of others are kept. */
export function EntryDialog({ editedEntry, canWrite, onClose }: EntryDialogProps) {
  return (
    <Modal opened={editedEntry !== null} onClose={onClose} title={editedEntry?.title} centered>
      {editedEntry && <EntryForm editedEntry={editedEntry} canWrite={canWrite} onClose={onClose} />}
    </Modal>
  )
}

function EntryForm({ editedEntry, canWrite, onClose }: EntryDialogProps & { editedEntry: EditedEntry }) {
  const { fields, entry, save, remove } = editedEntry
  const [initialValues] = useState(() => Object.fromEntries(fields.map(({ name }) => [name, toText(entry[name])])))
  const [values, setValues] = useState(initialValues)

  function submit(event: FormEvent) {
    event.preventDefault()
    const changed = fields.filter(({ name }) => values[name] !== initialValues[name])
    save(Object.fromEntries(changed.map((field) => [field.name, toValue(field, values[field.name] ?? '')])))
    onClose()
  }

  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        {fields.map((field, place) => (
          <EntryField
            key={field.name}
            field={field}
            value={values[field.name] ?? ''}
            canWrite={canWrite}
            focused={place === 0}
            onChange={(text) => setValues((now) => ({ ...now, [field.name]: text }))}
          />
        ))}
        <Group justify="space-between" mt="xs">
          {canWrite && remove ? (
            <Button
              variant="subtle"
              color="red"
              onClick={() => {
                remove()
                onClose()
              }}
            >
              Remove
            </Button>
          ) : (
            <span />
          )}
          <Group gap="xs">
            <Button variant="default" onClick={onClose}>
              {canWrite ? 'Cancel' : 'Close'}
            </Button>
            {canWrite && <Button type="submit">Save</Button>}
          </Group>
        </Group>
      </Stack>
    </form>
  )
}

interface EntryFieldProps {
  field: Field
  value: string
  canWrite: boolean
  focused: boolean
  onChange: (text: string) => void
}

function EntryField({ field, value, canWrite, focused, onChange }: EntryFieldProps) {
  const { label, kind, required, maxLength, min, max, choices, emptyValue } = field
  const shared = {
    label,
    value,
    required: required ?? false,
    onChange: (event: { currentTarget: { value: string } }) => onChange(event.currentTarget.value),
    ...(focused && { 'data-autofocus': true }),
  }
  if (kind === 'choice') {
    const data = [...(emptyValue === null ? [{ value: '', label: '–' }] : []), ...(choices ?? [])]
    return <NativeSelect {...shared} data={data} disabled={!canWrite} />
  }
  if (kind === 'text') return <Textarea {...shared} autosize minRows={2} maxRows={10} maxLength={maxLength ?? 5000} readOnly={!canWrite} />
  return (
    <TextInput
      {...shared}
      type={kind === 'number' ? 'number' : kind === 'day' ? 'date' : 'text'}
      readOnly={!canWrite}
      {...(kind === 'number' && { min, max, step: 'any', required: true })}
      {...(kind === 'line' && { maxLength: maxLength ?? 200, ...(required && { pattern: '.*\\S.*', title: 'Some words' }) })}
    />
  )
}
