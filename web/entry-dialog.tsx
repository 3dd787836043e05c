import { Button, Group, Modal, NativeSelect, Stack, Textarea, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import type { Fields } from './entries.ts'

/** A field of a form: how it is called, and what it takes. */
export interface Field {
  name: string
  label: string
  kind: 'line' | 'text' | 'number' | 'day' | 'choice'
  required?: boolean
  longest?: number
  least?: number
  most?: number
  choices?: readonly { value: string; label: string }[]
  /** What the choice of nothing writes. */
  none?: null
}

export interface Edited {
  /** What the dialog is called: "New task". */
  title: string
  fields: readonly Field[]
  entry: Fields
  save: (fields: Fields) => void
  remove?: () => void
}

interface EntryDialogProps {
  edited: Edited | null
  writes: boolean
  onClose: () => void
}

const shown = (value: unknown): string => (value === null || value === undefined ? '' : String(value))

function valueOf({ kind, none }: Field, text: string): unknown {
  if (kind === 'number') return Number(text)
  if (kind === 'line') return text.trim()
  if (text === '' && (kind === 'day' || none === null)) return null
  return text
}

/** Everything there is to say of one entry. Only what was changed here is written, so that others keep what they change meanwhile. */
export function EntryDialog({ edited, writes, onClose }: EntryDialogProps) {
  return (
    <Modal opened={edited !== null} onClose={onClose} title={edited?.title} centered>
      {edited && <EntryForm edited={edited} writes={writes} onClose={onClose} />}
    </Modal>
  )
}

function EntryForm({ edited, writes, onClose }: EntryDialogProps & { edited: Edited }) {
  const { fields, entry, save, remove } = edited
  const [begun] = useState(() => Object.fromEntries(fields.map(({ name }) => [name, shown(entry[name])])))
  const [said, setSaid] = useState(begun)

  function submit(event: FormEvent) {
    event.preventDefault()
    const changed = fields.filter(({ name }) => said[name] !== begun[name])
    save(Object.fromEntries(changed.map((field) => [field.name, valueOf(field, said[field.name] ?? '')])))
    onClose()
  }

  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        {fields.map((field, place) => (
          <EntryField
            key={field.name}
            field={field}
            value={said[field.name] ?? ''}
            writes={writes}
            focused={place === 0}
            onSay={(text) => setSaid((now) => ({ ...now, [field.name]: text }))}
          />
        ))}
        <Group justify="space-between" mt="xs">
          {writes && remove ? (
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
              {writes ? 'Cancel' : 'Close'}
            </Button>
            {writes && <Button type="submit">Save</Button>}
          </Group>
        </Group>
      </Stack>
    </form>
  )
}

interface EntryFieldProps {
  field: Field
  value: string
  writes: boolean
  focused: boolean
  onSay: (text: string) => void
}

function EntryField({ field, value, writes, focused, onSay }: EntryFieldProps) {
  const { label, kind, required, longest, least, most, choices, none } = field
  const shared = {
    label,
    value,
    required: required ?? false,
    onChange: (event: { currentTarget: { value: string } }) => onSay(event.currentTarget.value),
    ...(focused && { 'data-autofocus': true }),
  }
  if (kind === 'choice') {
    const data = [...(none === null ? [{ value: '', label: '–' }] : []), ...(choices ?? [])]
    return <NativeSelect {...shared} data={data} disabled={!writes} />
  }
  if (kind === 'text') return <Textarea {...shared} autosize minRows={2} maxRows={10} maxLength={longest ?? 5000} readOnly={!writes} />
  return (
    <TextInput
      {...shared}
      type={kind === 'number' ? 'number' : kind === 'day' ? 'date' : 'text'}
      readOnly={!writes}
      {...(kind === 'number' && { min: least, max: most, step: 'any', required: true })}
      {...(kind === 'line' && { maxLength: longest ?? 200, ...(required && { pattern: '.*\\S.*', title: 'Some words' }) })}
    />
  )
}
