import { Alert, Modal, Text, Textarea } from '@mantine/core'
import { type FormEvent, useEffect, useState } from 'react'
import type { Anchor } from '../../../../domain/documents/richtext/anchor.ts'
import type { LiveDocument } from '../../../lib/collab/live-document.ts'
import { toErrorMessage } from '../../../lib/problem.ts'
import { FormActions } from '../../../ui/form.tsx'
import { showToast } from '../../../ui/toast.ts'
import { type QuotedSelection, useReviewRequest } from '../../comments/comment-queries.ts'

/** Suggests to replace the text of an anchor, or to delete it where the new text is empty. */
function useChangeSuggestion(liveDocument: LiveDocument, onSuggested: () => void) {
  const { mutate, isPending, error } = useReviewRequest(liveDocument)
  function suggest(anchor: Anchor | undefined, text: string) {
    const body = { kind: text === '' ? 'delete' : 'replace', anchor, ...(text !== '' && { text }) }
    mutate(
      { method: 'POST', path: 'suggestions', body },
      {
        onSuccess: () => {
          showToast('Your suggestion is in the text.')
          onSuggested()
        },
      },
    )
  }
  return { suggest, isPending, error }
}

interface SuggestChangeDialogProps {
  liveDocument: LiveDocument
  /** The text to replace; null while the dialog is closed. */
  quotedSelection: QuotedSelection | null
  onClose: () => void
}

/** A dialog for commenters: suggests a replacement of the quoted text. */
export function SuggestChangeDialog({ liveDocument, quotedSelection, onClose }: SuggestChangeDialogProps) {
  const [text, setText] = useState('')
  const { suggest, isPending, error } = useChangeSuggestion(liveDocument, onClose)
  const quote = quotedSelection?.quote ?? ''
  useEffect(() => setText(quote), [quote, quotedSelection])

  function submit(event: FormEvent) {
    event.preventDefault()
    event.stopPropagation()
    suggest(quotedSelection?.anchor, text)
  }
  return (
    <Modal opened={quotedSelection !== null} onClose={onClose} title="Suggest a change">
      <form onSubmit={submit}>
        <Text size="sm" c="dimmed" mb={4}>
          The words now
        </Text>
        <blockquote className="quoted-text">{quote}</blockquote>
        <Textarea
          label="The words instead"
          description="Leave it empty to suggest that they go."
          autosize
          minRows={2}
          maxRows={10}
          data-autofocus
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        {error && (
          <Alert color="red" role="alert" mt="sm">
            {toErrorMessage(error)}
          </Alert>
        )}
        <FormActions submitLabel="Suggest" isBusy={isPending} isDisabled={text === quote} mt="md" onCancel={onClose} />
      </form>
    </Modal>
  )
}
