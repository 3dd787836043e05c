import { Drawer, Progress, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { Editor } from '@tiptap/core'
import { useEditorState } from '@tiptap/react'
import { useEffect, useReducer, useRef, useState } from 'react'
import { isVariableName } from '../../../domain/documents/richtext/schema.ts'
import { request } from '../../lib/api-client.ts'
import type { Draft } from '../../lib/api-types.ts'
import { FieldInput } from './field-input.tsx'
import { getFieldValue, getFieldValues } from './field-node-view.ts'
import type { LiveDocument } from '../../lib/collab/live-document.ts'
import { isSuggesting } from '../suggestions/suggestion-mode.ts'
import { useTemplates } from './template-picker.tsx'

/** Names of the fields in a text, in document order, without duplicates. */
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

/** Renders again when a field value changes. */
export function useFieldValueUpdates(liveDocument: LiveDocument): void {
  const [, rerender] = useReducer((count: number) => count + 1, 0)
  useEffect(() => {
    const values = getFieldValues(liveDocument)
    values.observe(rerender)
    return () => values.unobserve(rerender)
  }, [liveDocument])
}

/** Names of the fields that stand for a person, from the draft's template. */
function usePersonFields(documentName: string): Set<string> {
  const path = `/api/legal/documents/${documentName.slice('legal:'.length)}`
  const draft = useQuery({ queryKey: ['draft', documentName], queryFn: ({ signal }) => request<Draft>('GET', path, { signal }) })
  const list = useTemplates()
  const template = list.data?.items.find(({ id }) => id === draft.data?.templateId)
  return new Set(template?.variables.flatMap(({ name, kind }) => (kind === 'person' ? [name] : [])))
}

interface FieldsDrawerProps {
  liveDocument: LiveDocument
  editor: Editor
  /** The field to focus. */
  focusedField: string | null
}

/** The fields of a text, and how many are filled. */
function FieldList({ liveDocument, editor, focusedField }: FieldsDrawerProps) {
  const names = useFieldNames(editor)
  useFieldValueUpdates(liveDocument)
  // Field values cannot be suggested.
  const isSuggestingMode = useEditorState({ editor, selector: ({ editor: now }) => isSuggesting(now) })
  // Fields that were empty when the list opened come first. The order does not change while the user fills them.
  const [initiallyEmpty] = useState(() => new Set(names.filter((name) => !getFieldValue(liveDocument, name))))
  const ordered = [...names.filter((name) => initiallyEmpty.has(name)), ...names.filter((name) => !initiallyEmpty.has(name))]
  const filledCount = names.filter((name) => getFieldValue(liveDocument, name)).length
  const personFields = usePersonFields(liveDocument.name)
  const list = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const index = focusedField ? ordered.indexOf(focusedField) : 0
    list.current?.querySelectorAll('textarea')[Math.max(0, index)]?.focus()
    // Only on opening: later the user has moved the focus.
  }, [focusedField])

  function focusNext(input: HTMLTextAreaElement) {
    const inputs = [...(list.current?.querySelectorAll('textarea') ?? [])]
    inputs[inputs.indexOf(input) + 1]?.focus()
  }

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
          {filledCount === names.length ? 'All fields are filled.' : `${filledCount} of ${names.length} are filled.`}
        </Text>
        {isSuggestingMode && (
          <Text size="sm" mb={6}>
            What fields say cannot be suggested. Switch to “Editing” to fill them.
          </Text>
        )}
        <Progress value={(100 * filledCount) / names.length} size="sm" aria-hidden="true" />
      </div>
      {ordered.map((name) => (
        <FieldInput
          key={name}
          liveDocument={liveDocument}
          name={name}
          isPerson={personFields.has(name)}
          isReadOnly={isSuggestingMode}
          onEnter={focusNext}
        />
      ))}
    </Stack>
  )
}

/** The fields of a draft and their values. Everybody sees a value as it is typed. */
export function FieldsDrawer({ opened, onClose, ...rest }: FieldsDrawerProps & { opened: boolean; onClose: () => void }) {
  return (
    <Drawer opened={opened} onClose={onClose} title="Fields" size="25rem">
      <FieldList {...rest} />
    </Drawer>
  )
}
