import '../comments/comments.css'
import { Alert, Button, Group, Text } from '@mantine/core'
import type { Editor } from '@tiptap/core'
import { useEditorState } from '@tiptap/react'
import { Check, X } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { queryClient } from '../../lib/api-client.ts'
import type { Member, User } from '../../lib/api-types.ts'
import { Avatar } from '../../ui/avatar.tsx'
import type { LiveDocument } from '../../lib/collab/live-document.ts'
import { formatRelativeTime, formatDateTime } from '../../lib/time-format.ts'
import { toErrorMessage } from '../../lib/problem.ts'
import { type TextSuggestion, listSuggestions } from './suggestion-list.ts'
import { useReviewRequest, useSuggestions } from '../comments/comment-queries.ts'

interface SuggestionCardProps {
  suggestion: TextSuggestion
  name: string
  liveDocument: LiveDocument
  canDecide: boolean
  isOwn: boolean
  activeMark: boolean
  onOpen: () => void
}

function SuggestionCard({ suggestion, name, liveDocument, canDecide, isOwn, activeMark, onOpen }: SuggestionCardProps) {
  const deciding = useReviewRequest(liveDocument)
  const card = useRef<HTMLElement>(null)
  useEffect(() => {
    if (activeMark) card.current?.scrollIntoView({ block: 'nearest' })
  }, [activeMark])
  const decide = (decision: 'accept' | 'reject') => deciding.mutate({ method: 'POST', path: `suggestions/${suggestion.id}/${decision}` })
  const pendingDecision = deciding.isPending ? deciding.variables.path.split('/').at(-1) : null
  return (
    <article ref={card} className="thread" data-active={activeMark || undefined} aria-label={`Suggestion of ${name}`}>
      <div className="comment-header">
        <Avatar id={suggestion.author} name={name} size={26} />
        <span className="comment-name">{name}</span>
        {suggestion.at && (
          <time dateTime={suggestion.at} title={formatDateTime(suggestion.at)}>
            {formatRelativeTime(suggestion.at)}
          </time>
        )}
      </div>
      <button type="button" className="suggestion-text" onClick={onOpen} aria-label="Show it in the text">
        {suggestion.blocks.map((target) => (
          <span key={target} className="suggestion-block">
            {target}
          </span>
        ))}
        {suggestion.deleted && <del>{suggestion.deleted}</del>}
        {suggestion.deleted && suggestion.inserted && ' '}
        {suggestion.inserted && <ins>{suggestion.inserted}</ins>}
      </button>
      {deciding.error && (
        <Alert color="red" role="alert">
          {toErrorMessage(deciding.error)}
        </Alert>
      )}
      {(canDecide || isOwn) && (
        <Group gap="xs" justify="flex-end">
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<X size={15} aria-hidden="true" />}
            loading={pendingDecision === 'reject'}
            disabled={pendingDecision === 'accept'}
            onClick={() => decide('reject')}
          >
            {canDecide ? 'Reject' : 'Take back'}
          </Button>
          {canDecide && (
            <Button
              size="compact-sm"
              leftSection={<Check size={15} aria-hidden="true" />}
              loading={pendingDecision === 'accept'}
              disabled={pendingDecision === 'reject'}
              onClick={() => decide('accept')}
            >
              Accept
            </Button>
          )}
        </Group>
      )}
    </article>
  )
}

interface SuggestionsPanelProps {
  editor: Editor
  liveDocument: LiveDocument
  user: User
  people: Member[]
  /** Whether the user may edit, and so may accept and reject. */
  canDecide: boolean
  activeMark: string | null
  onActivate: (suggestionId: string) => void
  /** Shows the text, on screens where the panel covers it. */
  onShowText: () => void
}

/** The suggestions of a text, to accept or reject one by one or all at once. */
export function SuggestionsPanel({
  editor,
  liveDocument,
  user,
  people,
  canDecide,
  activeMark,
  onActivate,
  onShowText,
}: SuggestionsPanelProps) {
  const textSuggestions = useEditorState({ editor, selector: ({ editor: now }) => listSuggestions(now.state.doc) })
  const serverSuggestions = useSuggestions(liveDocument.name, true)
  const decidingAll = useReviewRequest(liveDocument)
  const nameOf = (author: string) => (author === user.id ? user.name : (people.find(({ userId }) => userId === author)?.name ?? 'Somebody'))
  // The server verifies the authors: refetch when the suggestions in the text change.
  const ids = textSuggestions.map(({ id }) => id).join()
  useEffect(() => {
    const timer = setTimeout(() => void queryClient.invalidateQueries({ queryKey: ['suggestions', liveDocument.name] }), 1000)
    return () => clearTimeout(timer)
  }, [ids, liveDocument])

  const suggestions = textSuggestions.flatMap((suggestion) => {
    // Text of several people may carry the same mark: each is a suggestion of its own.
    const known = (serverSuggestions.data ?? []).filter(({ mark }) => mark === suggestion.id)
    if (known.length === 0) return [{ ...suggestion, mark: suggestion.id, name: nameOf(suggestion.author) }]
    return known.map(({ id, userId, name, inserted, deleted }) => {
      const target = known.length > 1 ? { inserted, deleted } : {}
      return { ...suggestion, ...target, id, mark: suggestion.id, author: userId ?? '', name: name ?? 'SmartStart' }
    })
  })
  const decide = (decision: 'accept' | 'reject') => decidingAll.mutate({ method: 'POST', path: `suggestions/${decision}` })
  const pendingDecision = decidingAll.isPending ? decidingAll.variables.path.split('/').at(-1) : null

  function open(mark: string) {
    onActivate(mark)
    onShowText()
    const target = editor.view.dom.querySelector(`[data-suggestion="${CSS.escape(mark)}"]`)
    target?.scrollIntoView({ block: 'center', behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth' })
  }

  return (
    <div className="thread-list">
      {suggestions.length === 0 && (
        <Text size="sm" c="dimmed" ta="center" py="lg">
          Nothing is suggested. {canDecide ? 'Switch from “Editing” to “Suggesting” above the text to suggest instead of change.' : ''}
        </Text>
      )}
      {suggestions.length > 0 && (
        <div className="thread-list-header">
          <Text size="sm" c="dimmed" role="status">
            {suggestions.length === 1 ? '1 suggestion' : `${suggestions.length} suggestions`}
          </Text>
          {canDecide && (
            <Group gap="xs">
              <Button
                size="compact-sm"
                variant="subtle"
                color="gray"
                loading={pendingDecision === 'reject'}
                onClick={() => decide('reject')}
              >
                Reject all
              </Button>
              <Button size="compact-sm" variant="subtle" loading={pendingDecision === 'accept'} onClick={() => decide('accept')}>
                Accept all
              </Button>
            </Group>
          )}
        </div>
      )}
      {decidingAll.error && (
        <Alert color="red" role="alert">
          {toErrorMessage(decidingAll.error)}
        </Alert>
      )}
      {suggestions.map((suggestion) => (
        <SuggestionCard
          key={suggestion.id}
          suggestion={suggestion}
          name={suggestion.name}
          liveDocument={liveDocument}
          canDecide={canDecide}
          isOwn={suggestion.author === user.id}
          activeMark={suggestion.mark === activeMark}
          onOpen={() => open(suggestion.mark)}
        />
      ))}
    </div>
  )
}
