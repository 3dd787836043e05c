import { Button, Drawer, Group, Progress, Stack, Text, Textarea } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { Editor } from '@tiptap/core'
import { useEditorState } from '@tiptap/react'
import { useEffect, useReducer, useRef, useState } from 'react'
import { isVariableName, longestValue, variableLabel } from '../domain/documents/prose.ts'
import { ask } from './client.ts'
import type { Draft, Member, Page } from './contract.ts'
import { valueOf, valuesOf } from './field-view.ts'
import type { LiveDocument } from './live.ts'
import { isSuggesting } from './suggestion-mode.ts'
import { useTemplates } from './template-choice.tsx'

/** Names of the fields in a text, in its order, each once. */
export function useFieldNames(editor: Editor): string[] {
  const names = useEditorState({
    editor,
    selector: ({ editor: now }) => {
      const found = new Set<string>()
      now.state.doc.descendants((node) => {
        const name: unknown = node.type.name === 'variable' ? node.attrs['name'] : null
        if (isVariableName(name)) found.add(name)
      })
      return [...found].join('\n')
    },
  })
  return names ? names.split('\n') : []
}

/** Draws again when a value changes, here or elsewhere. */
export function useValues(live: LiveDocument): void {
  const [, draw] = useReducer((count: number) => count + 1, 0)
  useEffect(() => {
    const values = valuesOf(live)
    values.observe(draw)
    return () => values.unobserve(draw)
  }, [live])
}

/** Names of fields that stand for a person, as the template of the draft tells them. */
function usePersonFields(documentName: string): Set<string> {
  const path = `/api/legal/documents/${documentName.slice('legal:'.length)}`
  const draft = useQuery({ queryKey: ['draft', documentName], queryFn: ({ signal }) => ask<Draft>('GET', path, { signal }) })
  const list = useTemplates()
  const template = list.data?.items.find(({ id }) => id === draft.data?.templateId)
  return new Set(template?.variables.flatMap(({ name, kind }) => (kind === 'person' ? [name] : [])))
}

/** Who could be meant: the people of the document, at a press. */
function People({ documentName, label, onChoose }: { documentName: string; label: string; onChoose: (name: string) => void }) {
  const members = useQuery({
    queryKey: ['members', documentName],
    queryFn: ({ signal }) => ask<Page<Member>>('GET', `/api/documents/${documentName}/members`, { signal }),
  })
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

interface FieldsProps {
  live: LiveDocument
  editor: Editor
  /** The field to begin with. */
  wanted: string | null
}

function FieldList({ live, editor, wanted }: FieldsProps) {
  const names = useFieldNames(editor)
  useValues(live)
  // A value has no mark that could suggest it.
  const suggesting = useEditorState({ editor, selector: ({ editor: now }) => isSuggesting(now) })
  // Empty ones come first as they were when the list was opened: a field does not walk away while one fills it.
  const [early] = useState(() => new Set(names.filter((name) => !valueOf(live, name))))
  const ordered = [...names.filter((name) => early.has(name)), ...names.filter((name) => !early.has(name))]
  const filled = names.filter((name) => valueOf(live, name)).length
  const people = usePersonFields(live.name)
  const list = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const place = wanted ? ordered.indexOf(wanted) : 0
    list.current?.querySelectorAll('textarea')[Math.max(0, place)]?.focus()
    // Only when it opens: later the focus is where the person has put it.
  }, [wanted])

  if (names.length === 0) {
    return (
      <Text c="dimmed" size="sm">
        This text has no fields. Put one in with the tool “Insert a field”: it is filled here once, and shown wherever it stands.
      </Text>
    )
  }
  return (
    <Stack gap="md" ref={list}>
      <div role="status">
        <Text size="sm" c="dimmed" mb={6}>
          {filled === names.length ? 'All fields are filled.' : `${filled} of ${names.length} are filled.`}
        </Text>
        {suggesting && (
          <Text size="sm" mb={6}>
            What fields say cannot be suggested. Switch to “Editing” to fill them.
          </Text>
        )}
        <Progress value={(100 * filled) / names.length} size="sm" aria-hidden="true" />
      </div>
      {ordered.map((name) => {
        const value = valueOf(live, name)
        return (
          <div key={name}>
            <Textarea
              className="field-entry"
              data-empty={!value || undefined}
              label={variableLabel(name)}
              placeholder="Empty"
              autosize
              minRows={1}
              maxRows={6}
              maxLength={longestValue}
              readOnly={suggesting}
              value={String(valuesOf(live).get(name) ?? '').slice(0, longestValue)}
              onKeyDown={(event) => {
                // A value is one line of the text it stands in: Enter goes on to the next field.
                if (event.key !== 'Enter') return
                event.preventDefault()
                const entries = [...(list.current?.querySelectorAll('textarea') ?? [])]
                entries[entries.indexOf(event.currentTarget) + 1]?.focus()
              }}
              onChange={(event) => {
                const next = event.currentTarget.value.replace(/\s*\n\s*/g, ' ')
                if (next === '') valuesOf(live).delete(name)
                else valuesOf(live).set(name, next)
              }}
            />
            {people.has(name) && !value && !suggesting && (
              <People documentName={live.name} label={variableLabel(name)} onChoose={(chosen) => valuesOf(live).set(name, chosen)} />
            )}
          </div>
        )
      })}
    </Stack>
  )
}

/** The fields of a draft, to be filled: what is typed is seen in the text by everybody, at once. */
export function Fields({ opened, onClose, ...rest }: FieldsProps & { opened: boolean; onClose: () => void }) {
  return (
    <Drawer opened={opened} onClose={onClose} title="Fields" size="25rem">
      <FieldList {...rest} />
    </Drawer>
  )
}
