/** Opens the thread or suggestion that the URL names, and scrolls to its words. */
import type { Editor } from '@tiptap/core'
import { useEffect, useRef } from 'react'
import { useSearchParams } from 'wouter'

/** The words appear once the text and the threads are loaded. Polled at this interval until the timeout. */
const pollIntervalMs = 150
const timeoutMs = 10_000

interface DeepLinkHandlers {
  thread: (id: string) => void
  suggestion: (id: string) => void
}

/** Opens what the URL names, once for each navigation. */
export function useDeepLink(editor: Editor, handlers: DeepLinkHandlers): void {
  const [query, setQuery] = useSearchParams()
  const currentHandlers = useRef(handlers)
  currentHandlers.current = handlers
  const thread = query.get('thread')
  const suggestion = query.get('suggestion')

  useEffect(() => {
    if (!thread && !suggestion) return
    if (thread) currentHandlers.current.thread(thread)
    else if (suggestion) currentHandlers.current.suggestion(suggestion)
    const deadline = Date.now() + timeoutMs
    const timer = setInterval(() => {
      const attribute = thread ? 'data-thread' : 'data-suggestion'
      const target = !editor.isDestroyed && editor.view.dom.querySelector(`[${attribute}="${CSS.escape(thread ?? suggestion ?? '')}"]`)
      if (target) target.scrollIntoView({ block: 'center' })
      if (!target && Date.now() < deadline) return
      clearInterval(timer)
      // Remove the parameters, so that the same link works again.
      setQuery(
        (params) => {
          params.delete('thread')
          params.delete('suggestion')
          return params
        },
        { replace: true },
      )
    }, pollIntervalMs)
    return () => clearInterval(timer)
  }, [editor, thread, suggestion, setQuery])
}
