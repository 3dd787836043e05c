/** The thread or suggestion that an address names: shown beside the text, and its words brought into view. */
import type { Editor } from '@tiptap/core'
import { useEffect, useRef } from 'react'
import { useSearchParams } from 'wouter'

/** The words are there once the text and its threads have come: looked for this often, and for so long, milliseconds. */
const pace = 150
const patience = 10_000

interface Show {
  thread: (id: string) => void
  suggestion: (id: string) => void
}

/** Shows what the address names, once for each time it is asked for. */
export function useWanted(editor: Editor, show: Show): void {
  const [query, setQuery] = useSearchParams()
  const now = useRef(show)
  now.current = show
  const thread = query.get('thread')
  const suggestion = query.get('suggestion')

  useEffect(() => {
    if (!thread && !suggestion) return
    if (thread) now.current.thread(thread)
    else if (suggestion) now.current.suggestion(suggestion)
    const end = Date.now() + patience
    const looking = setInterval(() => {
      const attribute = thread ? 'data-thread' : 'data-suggestion'
      const words = !editor.isDestroyed && editor.view.dom.querySelector(`[${attribute}="${CSS.escape(thread ?? suggestion ?? '')}"]`)
      if (words) words.scrollIntoView({ block: 'center' })
      if (!words && Date.now() < end) return
      clearInterval(looking)
      // the same link may be followed again
      setQuery(
        (before) => {
          before.delete('thread')
          before.delete('suggestion')
          return before
        },
        { replace: true },
      )
    }, pace)
    return () => clearInterval(looking)
  }, [editor, thread, suggestion, setQuery])
}
