import { Button, Group, Textarea } from '@mantine/core'
import type { KeyboardEvent } from 'react'
import { maxValueCharacters, variableLabel } from '../../../domain/documents/richtext/schema.ts'
import type { LiveDocument } from '../../lib/collab/live-document.ts'
import { useMemberList } from '../../lib/members.ts'
import { getFieldValue, getFieldValues } from './field-node-view.ts'

/** Buttons that fill a field with the name of a member. */
function PersonSuggestions({ documentName, label, onChoose }: { documentName: string; label: string; onChoose: (name: string) => void }) {
  const members = useMemberList(documentName)
  return (
    <Group gap={6} mt={6} role="group" aria-label={`People for ${label}`}>
      {members.data?.items.slice(0, 6).map(({ userId, name }) => (
        <Button key={userId} size="compact-xs" variant="light" onClick={() => onChoose(name)}>
          {name}
        </Button>
      ))}
    </Group>
  )
}

interface FieldInputProps {
  liveDocument: LiveDocument
  name: string
  /** The field stands for a person. */
  isPerson: boolean
  isReadOnly: boolean
  /** A value is a single line: Enter moves to the next field. */
  onEnter: (input: HTMLTextAreaElement) => void
}

/** The input of a field's value. Everybody sees a value as it is typed. */
export function FieldInput({ liveDocument, name, isPerson, isReadOnly, onEnter }: FieldInputProps) {
  const values = getFieldValues(liveDocument)
  const isEmpty = getFieldValue(liveDocument, name) === ''
  const label = variableLabel(name)

  function onKeyDown(event: KeyboardEvent<HTMLTextAreaElement>) {
    if (event.key !== 'Enter') return
    event.preventDefault()
    onEnter(event.currentTarget)
  }
  function changeValue(typed: string) {
    const value = typed.replace(/\s*\n\s*/g, ' ')
    if (value === '') values.delete(name)
    else values.set(name, value)
  }
  return (
    <div>
      <Textarea
        className="field-input"
        data-empty={isEmpty || undefined}
        label={label}
        placeholder="Empty"
        autosize
        minRows={1}
        maxRows={6}
        maxLength={maxValueCharacters}
        readOnly={isReadOnly}
        value={String(values.get(name) ?? '').slice(0, maxValueCharacters)}
        onKeyDown={onKeyDown}
        onChange={(event) => changeValue(event.currentTarget.value)}
      />
      {isPerson && isEmpty && !isReadOnly && (
        <PersonSuggestions documentName={liveDocument.name} label={label} onChoose={(chosen) => values.set(name, chosen)} />
      )}
    </div>
  )
}
