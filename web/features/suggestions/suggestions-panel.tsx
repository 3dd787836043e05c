import '../comments/comments.css'
import { Alert, Button, Group, Text } from '@mantine/core'
import { type Editor, getTextSerializersFromSchema } from '@tiptap/core'
import type { Node } from '@tiptap/pm/model'
import { useEditorState } from '@tiptap/react'
import { useEffect, useState } from 'react'
import { queryClient } from '../../lib/api-client.ts'
import type { Member, User } from '../../lib/api-types.ts'
import type { LiveDocument } from '../../lib/collab/live-document.ts'
import { toErrorMessage } from '../../lib/problem.ts'
import { scrollToElement } from '../../lib/scroll-to-element.ts'
import { useDecision } from './decisions.ts'
import { SuggestionCard } from './suggestion-card.tsx'
import { type AttributedSuggestion, attributeSuggestions, listSuggestions } from './suggestion-list.ts'
import { useReviewRequest, useSuggestions, useThreads } from '../comments/comment-queries.ts'
import { ReviewContext } from '../comments/review-context.ts'
import { ConfirmDialog } from '../../ui/undo/confirm-dialog.tsx'

/** After this pause in suggesting, the verified authors are refetched. */
const refetchDelayMs = 1000

/** What fields, cross references and line breaks show as plain text. */
function getLeafText({ schema }: Editor): (node: Node) => string {
  const serializers = getTextSerializersFromSchema(schema)
  return (node) => {
    if (node.type.name === 'hardBreak') return '\n'
    return serializers[node.type.name]?.({ node } as Parameters<NonNullable<(typeof serializers)[string]>>[0]) ?? ''
  }
}

/** The suggestions of a text with their authors. */
function useAttributedSuggestions(editor: Editor, liveDocument: LiveDocument, user: User, people: Member[]): AttributedSuggestion[] {
  const textSuggestions = useEditorState({ editor, selector: ({ editor: now }) => listSuggestions(now.state.doc, getLeafText(now)) })
  const records = useSuggestions(liveDocument.name, true)
  // The server verifies the authors: refetch when the suggestions in the text change.
  const ids = textSuggestions.map(({ id }) => id).join()
  useEffect(() => {
    const refetch = () => void queryClient.invalidateQueries({ queryKey: ['suggestions', liveDocument.name] })
    const timer = setTimeout(refetch, refetchDelayMs)
    return () => clearTimeout(timer)
  }, [ids, liveDocument])
  const nameOf = (author: string) => (author === user.id ? user.name : (people.find(({ userId }) => userId === author)?.name ?? 'Somebody'))
  return attributeSuggestions(textSuggestions, records.data ?? [], nameOf)
}

/** The number of suggestions, and the decision on all of them. */
function SuggestionsHeader({ liveDocument, count, canDecide }: { liveDocument: LiveDocument; count: number; canDecide: boolean }) {
  const { decide, pendingDecision, error } = useDecision(liveDocument, 'suggestions')
  const rejecting = useReviewRequest(liveDocument)
  const [isRejecting, setIsRejecting] = useState(false)
  return (
    <>
      {count > 0 && (
        <div className="thread-list-header">
          <Text size="sm" c="dimmed" role="status">
            {count === 1 ? '1 suggestion' : `${count} suggestions`}
          </Text>
          {canDecide && (
            <Group gap="xs">
              <Button size="compact-sm" variant="subtle" color="gray" onClick={() => setIsRejecting(true)}>
                Reject all
              </Button>
              <Button size="compact-sm" variant="subtle" loading={pendingDecision === 'accept'} onClick={() => decide('accept')}>
                Accept all
              </Button>
            </Group>
          )}
        </div>
      )}
      {error && (
        <Alert color="red" role="alert">
          {toErrorMessage(error)}
        </Alert>
      )}
      <ConfirmDialog
        opened={isRejecting}
        title={count === 1 ? 'Reject the suggestion?' : `Reject all ${count} suggestions?`}
        buttonLabel="Reject all"
        buttonColor="red"
        action={() => rejecting.mutateAsync({ method: 'POST', path: 'suggestions/reject' })}
        onClose={() => setIsRejecting(false)}
      >
        What is suggested, by whomever, is taken out of the text for everybody. The history keeps the text as it is now.
      </ConfirmDialog>
    </>
  )
}

interface SuggestionsPanelProps {
  editor: Editor
  liveDocument: LiveDocument
  user: User
  people: Member[]
  /** Whether the user may edit, and so may accept and reject. */
  canDecide: boolean
  canComment: boolean
  isOwner: boolean
  /** The mark of the suggestion that the user opened. */
  activeMark: string | null
  onActivate: (mark: string) => void
  /** Shows the text, on screens where the panel covers it. */
  onShowText: () => void
}

/** The suggestions of a text, to accept or reject one by one or all at once. */
export function SuggestionsPanel(props: SuggestionsPanelProps) {
  const { editor, liveDocument, user, people, canDecide, canComment, isOwner, activeMark, onActivate, onShowText } = props
  const suggestions = useAttributedSuggestions(editor, liveDocument, user, people)
  const threads = useThreads(liveDocument.name).data ?? []

  function open(mark: string) {
    onActivate(mark)
    onShowText()
    scrollToElement(editor.view.dom.querySelector(`[data-suggestion="${CSS.escape(mark)}"]`))
  }

  return (
    <ReviewContext value={{ liveDocument, user, people, canComment, isOwner }}>
      <div className="thread-list">
        {suggestions.length === 0 && (
          <Text size="sm" c="dimmed" ta="center" py="lg">
            No open suggestions. {canComment ? 'Turn on “Suggesting” above the text to suggest changes.' : ''}
          </Text>
        )}
        <SuggestionsHeader liveDocument={liveDocument} count={suggestions.length} canDecide={canDecide} />
        {suggestions.map((suggestion) => (
          <SuggestionCard
            key={suggestion.id}
            suggestion={suggestion}
            thread={threads.find(({ suggestionId }) => suggestionId === suggestion.id)}
            canDecide={canDecide}
            isActive={suggestion.mark === activeMark}
            onOpen={() => open(suggestion.mark)}
          />
        ))}
      </div>
    </ReviewContext>
  )
}
