import './comments.css'
import { Alert, Button, SegmentedControl, Skeleton, Text } from '@mantine/core'
import type { Editor } from '@tiptap/core'
import { useEditorState } from '@tiptap/react'
import { useEffect, useState } from 'react'
import { CommentField } from './comment-field.tsx'
import { placesIn, show } from './comment-marks.ts'
import type { Member, Thread, User } from './contract.ts'
import type { LiveDocument } from './live.ts'
import { explain } from './problem.ts'
import { ThreadCard } from './thread-card.tsx'
import { type Begun, useAsking, useThreads } from './threads.ts'

/** In the order of the text; then those whose words are gone, then those on the whole document. */
export function inOrder(threads: readonly Thread[], places: Map<string, number>): Thread[] {
  const place = ({ id, quote }: Thread) => places.get(id) ?? (quote === null ? Number.MAX_SAFE_INTEGER : Number.MAX_SAFE_INTEGER - 1)
  return threads.toSorted((one, other) => place(one) - place(other) || one.createdAt.localeCompare(other.createdAt))
}

/** Shows the open threads in the text, and the words that one is about to comment on, whether or not the panel is open. */
export function useThreadMarks(editor: Editor, live: LiveDocument, active: string | null, begun: Begun | null): void {
  const { data } = useThreads(live.name)
  useEffect(() => {
    const threads = (data ?? []).flatMap(({ id, state, anchor, gone }) => (state === 'open' && anchor && !gone ? [{ id, anchor }] : []))
    if (begun) threads.push({ id: 'begun', anchor: begun.anchor })
    if (!editor.isDestroyed) editor.view.dispatch(show(editor.state.tr, { threads, active: begun ? 'begun' : active }))
  }, [editor, data, active, begun])
}

interface CommentsProps {
  editor: Editor
  live: LiveDocument
  user: User
  people: Member[]
  mayComment: boolean
  owns: boolean
  active: string | null
  onActive: (threadId: string | null) => void
  begun: Begun | null
  onBegun: (begun: Begun | null) => void
  /** Shows the text, where this covers it. */
  onText: () => void
}

/** The threads of a document, beside its text. */
export function Comments({ editor, live, user, people, mayComment, owns, active, onActive, begun, onBegun, onText }: CommentsProps) {
  const threads = useThreads(live.name)
  const [state, setState] = useState<'open' | 'resolved'>('open')
  const [onWhole, setOnWhole] = useState(false)
  const starting = useAsking(live)
  const places = useEditorState({ editor, selector: ({ editor: now }) => Object.fromEntries(placesIn(now.state)) })
  const all = threads.data ?? []
  const activeState = all.find(({ id }) => id === active)?.state
  useEffect(() => {
    if (activeState) setState(activeState)
  }, [active, activeState])

  const shown = inOrder(
    all.filter((thread) => thread.state === state),
    new Map(Object.entries(places)),
  )
  const resolved = all.filter((thread) => thread.state === 'resolved').length

  function start(text: string) {
    const body = { text, ...(begun && { anchor: begun.anchor }) }
    starting.mutate(
      { method: 'POST', path: 'comments', body },
      {
        onSuccess: (thread) => {
          onBegun(null)
          setOnWhole(false)
          setState('open')
          onActive((thread as Thread).id)
        },
      },
    )
  }
  function open({ id }: Thread) {
    onActive(id)
    onText()
    const words = editor.view.dom.querySelector(`[data-thread="${CSS.escape(id)}"]`)
    words?.scrollIntoView({ block: 'center', behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth' })
  }

  return (
    <div className="threads">
      {(begun || onWhole) && (
        <section className="thread" data-active aria-label="New comment">
          {begun ? (
            <div className="thread-quote">
              <span className="thread-words">{begun.quote}</span>
            </div>
          ) : (
            <Text size="xs" c="dimmed">
              On the whole document
            </Text>
          )}
          <CommentField
            key={begun?.anchor.start}
            label="Comment"
            send="Comment"
            people={people}
            busy={starting.isPending}
            autoFocus
            onSend={start}
            onCancel={() => {
              onBegun(null)
              setOnWhole(false)
              starting.reset()
            }}
          />
          {starting.error && (
            <Alert color="red" role="alert">
              {explain(starting.error)}
            </Alert>
          )}
        </section>
      )}
      <div className="threads-head">
        <SegmentedControl
          size="xs"
          aria-label="Which threads"
          value={state}
          onChange={(value) => setState(value as 'open' | 'resolved')}
          data={[
            { value: 'open', label: `Open ${all.length - resolved}` },
            { value: 'resolved', label: `Resolved ${resolved}` },
          ]}
        />
        {mayComment && !begun && !onWhole && (
          <Button size="compact-sm" variant="subtle" onClick={() => setOnWhole(true)}>
            On the document
          </Button>
        )}
      </div>
      {threads.isPending && <Skeleton h={90} aria-label="Loading" />}
      {threads.error && <Alert color="red">{explain(threads.error)}</Alert>}
      {threads.data && shown.length === 0 && !begun && !onWhole && (
        <Text size="sm" c="dimmed" ta="center" py="lg">
          {state === 'resolved'
            ? 'Nothing is resolved yet.'
            : mayComment
              ? 'Nobody has said anything yet. Choose some words in the text to comment on them.'
              : 'Nobody has said anything yet.'}
        </Text>
      )}
      {shown.map((thread) => (
        <ThreadCard
          key={thread.id}
          thread={thread}
          live={live}
          user={user}
          people={people}
          mayComment={mayComment}
          owns={owns}
          active={thread.id === active}
          placed={thread.id in places}
          onOpen={() => open(thread)}
        />
      ))}
    </div>
  )
}
