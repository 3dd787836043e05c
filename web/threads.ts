/** Threads and suggestions of a document, as the server has them. */
import { useMutation, useQuery } from '@tanstack/react-query'
import type { Anchor } from './anchors.ts'
import { ask, queries, withQuery } from './client.ts'
import type { Member, Page, SuggestionRecord, Thread } from './contract.ts'
import type { LiveDocument } from './live.ts'

/** All items of a list, however many pages it has. */
async function all<Item>(path: string, query: Record<string, string>, signal: AbortSignal): Promise<Item[]> {
  const items: Item[] = []
  let cursor: string | null = null
  do {
    const page: Page<Item> = await ask<Page<Item>>('GET', withQuery(path, { ...query, limit: 100, cursor }), { signal })
    items.push(...page.items)
    cursor = page.nextCursor
  } while (cursor)
  return items
}

export function useThreads(documentName: string) {
  return useQuery({
    queryKey: ['comments', documentName],
    queryFn: ({ signal }) => all<Thread>(`/api/documents/${documentName}/comments`, {}, signal),
  })
}

export function useSuggestions(documentName: string, enabled: boolean) {
  return useQuery({
    queryKey: ['suggestions', documentName],
    queryFn: ({ signal }) => all<SuggestionRecord>(`/api/documents/${documentName}/suggestions`, { state: 'open' }, signal),
    enabled,
  })
}

/** The people of a document, for mentions and names. */
export function useMembers(documentName: string): Member[] {
  const asked = useQuery({
    queryKey: ['members', documentName],
    queryFn: ({ signal }) => ask<Page<Member>>('GET', `/api/documents/${documentName}/members`, { signal }),
  })
  return asked.data?.items ?? []
}

/** Waits until the server has all that was written here: a place in the text that it does not know yet cannot be spoken of. */
export function whenSaved(live: LiveDocument): Promise<void> {
  return new Promise((resolve) => {
    const look = () => (live.state.saved || live.state.scope === 'readonly') && (stop(), resolve())
    const stop = live.subscribe(look)
    look()
  })
}

/** One thing that is asked of the threads or suggestions of a document. */
export interface Asking {
  method: string
  /** Behind the document's own path: `comments/…`, `suggestions/…`. */
  path: string
  body?: unknown
}

/** Asks, and then reads what it changed. What is asked is told by its path, so that a card shows its own problem only. */
export function useAsking(live: LiveDocument) {
  return useMutation({
    mutationFn: async ({ method, path, body }: Asking) => {
      await whenSaved(live)
      return ask<unknown>(method, `/api/documents/${live.name}/${path}`, { body })
    },
    onSettled: (_, __, { path }) => queries.invalidateQueries({ queryKey: [path.split('/')[0], live.name] }),
  })
}

export type Ask = ReturnType<typeof useAsking>

/** A comment or a suggested change that somebody is about to write, on words they chose. */
export interface Begun {
  anchor: Anchor
  quote: string
}
