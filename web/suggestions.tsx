import './comments.css'
import { Alert, Button, Group, Text } from '@mantine/core'
import type { Editor } from '@tiptap/core'
import { useEditorState } from '@tiptap/react'
import { Check, X } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { queries } from './client.ts'
import type { Member, User } from './contract.ts'
import { Face } from './face.tsx'
import type { LiveDocument } from './live.ts'
import { ago, inFull } from './moment.ts'
import { explain } from './problem.ts'
import { type Suggested, suggestedIn } from './suggested.ts'
import { useAsking, useSuggestions } from './threads.ts'

interface CardProps {
  one: Suggested
  name: string
  live: LiveDocument
  decides: boolean
  own: boolean
  active: boolean
  onOpen: () => void
}

function SuggestionCard({ one, name, live, decides, own, active, onOpen }: CardProps) {
  const asking = useAsking(live)
  const card = useRef<HTMLElement>(null)
  useEffect(() => {
    if (active) card.current?.scrollIntoView({ block: 'nearest' })
  }, [active])
  const decide = (how: 'accept' | 'reject') => asking.mutate({ method: 'POST', path: `suggestions/${one.id}/${how}` })
  const busy = asking.isPending ? asking.variables.path.split('/').at(-1) : null
  return (
    <article ref={card} className="thread" data-active={active || undefined} aria-label={`Suggestion of ${name}`}>
      <div className="comment-head">
        <Face id={one.author} name={name} size={26} />
        <span className="comment-name">{name}</span>
        {one.at && (
          <time dateTime={one.at} title={inFull(one.at)}>
            {ago(one.at)}
          </time>
        )}
      </div>
      <button type="button" className="suggested-words" onClick={onOpen} aria-label="Show it in the text">
        {one.blocks.map((words) => (
          <span key={words} className="suggested-block">
            {words}
          </span>
        ))}
        {one.deleted && <del>{one.deleted}</del>}
        {one.deleted && one.inserted && ' '}
        {one.inserted && <ins>{one.inserted}</ins>}
      </button>
      {asking.error && (
        <Alert color="red" role="alert">
          {explain(asking.error)}
        </Alert>
      )}
      {(decides || own) && (
        <Group gap="xs" justify="flex-end">
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<X size={15} aria-hidden="true" />}
            loading={busy === 'reject'}
            disabled={busy === 'accept'}
            onClick={() => decide('reject')}
          >
            {decides ? 'Reject' : 'Take back'}
          </Button>
          {decides && (
            <Button
              size="compact-sm"
              leftSection={<Check size={15} aria-hidden="true" />}
              loading={busy === 'accept'}
              disabled={busy === 'reject'}
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

interface SuggestionsProps {
  editor: Editor
  live: LiveDocument
  user: User
  people: Member[]
  /** Whether one has the pen, and so decides. */
  decides: boolean
  active: string | null
  onActive: (suggestionId: string) => void
  /** Shows the text, where this covers it. */
  onText: () => void
}

/** What is suggested in the text, each to accept or reject, or all at once. */
export function Suggestions({ editor, live, user, people, decides, active, onActive, onText }: SuggestionsProps) {
  const found = useEditorState({ editor, selector: ({ editor: now }) => suggestedIn(now.state.doc) })
  const told = useSuggestions(live.name, true)
  const deciding = useAsking(live)
  const nameOf = (author: string) => (author === user.id ? user.name : (people.find(({ userId }) => userId === author)?.name ?? 'Somebody'))
  // Who suggested is for the server to say; it is asked whenever others stand in the text.
  const ids = found.map(({ id }) => id).join()
  useEffect(() => {
    const timer = setTimeout(() => void queries.invalidateQueries({ queryKey: ['suggestions', live.name] }), 1000)
    return () => clearTimeout(timer)
  }, [ids, live])

  const all = found.flatMap((one) => {
    // Under one mark there may be the words of several people, whatever the mark says: each is a suggestion.
    const known = (told.data ?? []).filter(({ mark }) => mark === one.id)
    if (known.length === 0) return [{ ...one, mark: one.id, name: nameOf(one.author) }]
    return known.map(({ id, userId, name, inserted, deleted }) => {
      const words = known.length > 1 ? { inserted, deleted } : {}
      return { ...one, ...words, id, mark: one.id, author: userId ?? '', name: name ?? 'SmartStart' }
    })
  })
  const decide = (how: 'accept' | 'reject') => deciding.mutate({ method: 'POST', path: `suggestions/${how}` })
  const busy = deciding.isPending ? deciding.variables.path.split('/').at(-1) : null

  function open(mark: string) {
    onActive(mark)
    onText()
    const words = editor.view.dom.querySelector(`[data-suggestion="${CSS.escape(mark)}"]`)
    words?.scrollIntoView({ block: 'center', behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth' })
  }

  return (
    <div className="threads">
      {all.length === 0 && (
        <Text size="sm" c="dimmed" ta="center" py="lg">
          Nothing is suggested. {decides ? 'Switch from “Editing” to “Suggesting” above the text to suggest instead of change.' : ''}
        </Text>
      )}
      {all.length > 0 && (
        <div className="threads-head">
          <Text size="sm" c="dimmed" role="status">
            {all.length === 1 ? '1 suggestion' : `${all.length} suggestions`}
          </Text>
          {decides && (
            <Group gap="xs">
              <Button size="compact-sm" variant="subtle" color="gray" loading={busy === 'reject'} onClick={() => decide('reject')}>
                Reject all
              </Button>
              <Button size="compact-sm" variant="subtle" loading={busy === 'accept'} onClick={() => decide('accept')}>
                Accept all
              </Button>
            </Group>
          )}
        </div>
      )}
      {deciding.error && (
        <Alert color="red" role="alert">
          {explain(deciding.error)}
        </Alert>
      )}
      {all.map((one) => (
        <SuggestionCard
          key={one.id}
          one={one}
          name={one.name}
          live={live}
          decides={decides}
          own={one.author === user.id}
          active={one.mark === active}
          onOpen={() => open(one.mark)}
        />
      ))}
    </div>
  )
}
