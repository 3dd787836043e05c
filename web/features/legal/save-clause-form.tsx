import { Stack, TagsInput, Text, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import type { Editor, JSONContent } from '@tiptap/core'
import { type FormEvent, useRef, useState } from 'react'
import { request, createRandomKey, queryClient } from '../../lib/api-client.ts'
import type { Clause, DocumentRecord } from '../../lib/api-types.ts'
import type { LiveDocument } from '../../lib/collab/live-document.ts'
import { toErrorMessage, toFieldErrors } from '../../lib/problem.ts'
import { FormActions, FormError } from '../../ui/form.tsx'
import { readListStyles } from '../../../domain/documents/richtext/list-styles.ts'
import { RichTextPreview } from './rich-text-preview.tsx'
import { VenturePicker } from '../ventures/venture-picker.tsx'

interface SaveClauseFormProps {
  liveDocument: LiveDocument
  editor: Editor
  /** Called with the name of the saved clause, or without it on cancel. */
  onDone: (savedName?: string) => void
}

interface NewClause {
  name: string
  content: JSONContent
  tags: string[]
  ventureId?: string
}

/** Saves a clause, once however often the request is repeated. */
function useClauseSaving(onSaved: (name: string) => void) {
  const key = useRef(createRandomKey())
  return useMutation({
    mutationFn: (clause: NewClause) => request<Clause>('POST', '/api/legal/clauses', { body: clause, idempotencyKey: key.current }),
    onSuccess: ({ name }) => {
      void queryClient.invalidateQueries({ queryKey: ['clauses'] })
      onSaved(name)
    },
    // Another body needs another idempotency key.
    onError: () => (key.current = createRandomKey()),
  })
}

/** Saves the text that was selected when the form opened as a clause. */
export function SaveClauseForm({ liveDocument, editor, onDone }: SaveClauseFormProps) {
  const [content] = useState(() => {
    const { from, to } = editor.state.selection
    return editor.state.doc.cut(from, to).toJSON() as { type: 'doc' }
  })
  const [name, setName] = useState('')
  const [tags, setTags] = useState<string[]>([])
  const [ventureId, setVentureId] = useState(
    () => queryClient.getQueryData<DocumentRecord>(['document', liveDocument.name])?.ventureId ?? '',
  )
  const saving = useClauseSaving(onDone)
  const fields = toFieldErrors(saving.error)

  function submit(event: FormEvent) {
    event.preventDefault()
    event.stopPropagation()
    saving.mutate({ name: name.trim(), content, tags, ...(ventureId ? { ventureId } : {}) })
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <RichTextPreview content={content} label="What is saved" listStyles={readListStyles(liveDocument.doc)} />
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
        <VenturePicker value={ventureId} onChange={setVentureId} error={fields['ventureId']} />
        <Text size="sm" c="dimmed">
          Later changes to the clause do not change drafts that have it.
        </Text>
        <FormError message={saving.error && toErrorMessage(saving.error)} />
        <FormActions submitLabel="Save" isBusy={saving.isPending} onCancel={() => onDone()} />
      </Stack>
    </form>
  )
}
