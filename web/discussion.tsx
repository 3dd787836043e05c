/** What is said about a text and suggested in it: the marks in the text, and the two parts beside it. */
import './suggestions.css'
import type { Editor } from '@tiptap/core'
import { MessageSquareText, PencilLine } from 'lucide-react'
import { useCallback, useMemo, useRef, useState } from 'react'
import { useWanted } from './wanted.ts'
import { type AsidePart, useRoomBeside } from './aside.tsx'
import { Comments, useThreadMarks } from './comments.tsx'
import type { User } from './contract.ts'
import type { CopyRecord } from './copies.ts'
import type { Answers } from './extensions.ts'
import type { LiveDocument } from './live.ts'
import { useNews } from './news.ts'
import { Suggestions } from './suggestions.tsx'
import { type Begun, useMembers } from './threads.ts'
import { say } from './toast.ts'

/**
 * What the editor answers to: clicks on words that have a thread or are suggested. It is the same object for the life of the page, for an
 * editor is made with it.
 */
export function useAnswers(): { answers: Answers; hear: (answers: Answers) => void } {
  const now = useRef<Answers | null>(null)
  const answers = useMemo<Answers>(
    () => ({
      onThread: (id) => now.current?.onThread(id),
      onSuggestion: (id) => now.current?.onSuggestion(id),
      onRefused: () => now.current?.onRefused(),
    }),
    [],
  )
  const hear = useCallback((heard: Answers) => {
    now.current = heard
  }, [])
  return { answers, hear }
}

interface Discussed {
  editor: Editor
  live: LiveDocument
  user: User
  record: CopyRecord | null
  writes: boolean
  hear: (answers: Answers) => void
  onShow: (key: string | null) => void
}

/** The parts beside the text, and what the tools at chosen words do. */
export function useDiscussion({ editor, live, user, record, writes, hear, onShow }: Discussed) {
  useNews(live.name)
  const beside = useRoomBeside()
  const people = useMembers(live.name)
  const [thread, setThread] = useState<string | null>(null)
  const [suggestion, setSuggestion] = useState<string | null>(null)
  const [begun, setBegun] = useState<Begun | null>(null)
  useThreadMarks(editor, live, thread, begun)
  const mayComment = record !== null && record.role !== 'viewer'

  hear({
    onThread(id) {
      setThread(id)
      onShow('comments')
    },
    onSuggestion(id) {
      setSuggestion(id)
      onShow('suggestions')
    },
    onRefused: () => say('This change cannot be suggested. Switch to “Editing” to make it.', 'red'),
  })
  useWanted(editor, {
    thread(id) {
      setThread(id)
      onShow('comments')
    },
    suggestion(id) {
      setSuggestion(id)
      onShow('suggestions')
    },
  })
  const onComment = useCallback(
    (next: Begun) => {
      setBegun(next)
      setThread(null)
      onShow('comments')
    },
    [onShow],
  )

  const onText = () => !beside && onShow(null)
  const parts: AsidePart[] = [
    {
      key: 'comments',
      label: 'Comments',
      icon: MessageSquareText,
      content: (
        <Comments
          editor={editor}
          live={live}
          user={user}
          people={people}
          mayComment={mayComment}
          owns={record?.role === 'owner'}
          active={thread}
          onActive={setThread}
          begun={begun}
          onBegun={setBegun}
          onText={onText}
        />
      ),
    },
    {
      key: 'suggestions',
      label: 'Suggestions',
      icon: PencilLine,
      content: (
        <Suggestions
          editor={editor}
          live={live}
          user={user}
          people={people}
          decides={writes}
          active={suggestion}
          onActive={setSuggestion}
          onText={onText}
        />
      ),
    },
  ]
  return { parts, mayComment, suggests: mayComment && !writes && !record.frozenAt, onComment }
}
