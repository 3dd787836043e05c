import { Alert, Button, Group, Stack, TagsInput, Text, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import type { Editor } from '@tiptap/core'
import { type FormEvent, useRef, useState } from 'react'
import { ask, freshKey, queries } from './client.ts'
import type { Clause, DocumentRecord } from './contract.ts'
import type { LiveDocument } from './live.ts'
import { explain, Problem } from './problem.ts'
import { ProsePreview } from './prose-preview.tsx'
import { VentureChoice } from './venture-choice.tsx'

interface SaveClauseProps {
  live: LiveDocument
  editor: Editor
  /** With the name of what was saved; without one, nothing was. */
  onDone: (saved?: string) => void
}

/** Keeps what was selected when it opened as a clause. */
export function SaveClause({ live, editor, onDone }: SaveClauseProps) {
  const [content] = useState(() => {
    const { from, to } = editor.state.selection
    return editor.state.doc.cut(from, to).toJSON() as { type: 'doc' }
  })
  const key = useRef(freshKey())
  const [name, setName] = useState('')
  const [tags, setTags] = useState<string[]>([])
  const [ventureId, setVentureId] = useState(() => queries.getQueryData<DocumentRecord>(['document', live.name])?.ventureId ?? '')
  const saving = useMutation({
    mutationFn: () =>
      ask<Clause>('POST', '/api/legal/clauses', {
        body: { name: name.trim(), content, tags, ...(ventureId ? { ventureId } : {}) },
        idempotencyKey: key.current,
      }),
    onSuccess: ({ name: kept }) => {
      void queries.invalidateQueries({ queryKey: ['clauses'] })
      onDone(kept)
    },
    // The same key with other words would be another request.
    onError: () => (key.current = freshKey()),
  })
  const fields = saving.error instanceof Problem ? saving.error.fields : {}

  function submit(event: FormEvent) {
    event.preventDefault()
    event.stopPropagation()
    saving.mutate()
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <ProsePreview content={content} label="What is saved" />
        <TextInput
          label="Name"
          placeholder="Governing law"
          required
          maxLength={200}
          data-autofocus
          autoFocus
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={fields['name']}
        />
        <TagsInput
          label="Tags"
          description="A word each; Enter adds one."
          maxTags={20}
          splitChars={[',', ' ']}
          value={tags}
          onChange={setTags}
          error={fields['tags']}
        />
        <VentureChoice value={ventureId} onChange={setVentureId} error={fields['ventureId']} />
        <Text size="sm" c="dimmed">
          Later changes to the clause do not change drafts that have it.
        </Text>
        <div role="alert">{saving.error && <Alert color="red">{explain(saving.error)}</Alert>}</div>
        <Group justify="flex-end">
          <Button variant="default" onClick={() => onDone()}>
            Cancel
          </Button>
          <Button type="submit" loading={saving.isPending}>
            Save
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
