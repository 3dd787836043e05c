/** Queries and mutations of a document's comment threads and suggestions. */
import { useMutation, useQuery } from '@tanstack/react-query'
import type { Anchor } from '../../../domain/documents/richtext/anchor.ts'
import { request, queryClient, withQuery } from '../../lib/api-client.ts'
import type { Member, Page, SuggestionRecord, Thread } from '../../lib/api-types.ts'
import type { LiveDocument } from '../../lib/collab/live-document.ts'
import { useMemberList } from '../../lib/members.ts'

/** Fetches all items of a list, page by page. */
async function fetchAllPages<Item>(path: string, query: Record<string, string>, signal: AbortSignal): Promise<Item[]> {
  const items: Item[] = []
  let cursor: string | null = null
  do {
    const page: Page<Item> = await request<Page<Item>>('GET', withQuery(path, { ...query, limit: 100, cursor }), { signal })
    items.push(...page.items)
    cursor = page.nextCursor
  } while (cursor)
  return items
}

export function useThreads(documentName: string) {
  return useQuery({
    queryKey: ['comments', documentName],
    queryFn: ({ signal }) => fetchAllPages<Thread>(`/api/documents/${documentName}/comments`, {}, signal),
  })
}

export function useSuggestions(documentName: string, enabled: boolean) {
  return useQuery({
    queryKey: ['suggestions', documentName],
    queryFn: ({ signal }) => fetchAllPages<SuggestionRecord>(`/api/documents/${documentName}/suggestions`, { state: 'open' }, signal),
    enabled,
  })
}

/** The members of a document, for mentions and names. */
export function useMembers(documentName: string): Member[] {
  return useMemberList(documentName).data?.items ?? []
}

/** Waits until the server has all edits of this browser: it cannot resolve an anchor in a text that it does not have. */
export function whenSaved(liveDocument: LiveDocument): Promise<void> {
  return new Promise((resolve) => {
    const check = () => (liveDocument.state.isSaved || liveDocument.state.hasRefusedEdits) && (stop(), resolve())
    const stop = liveDocument.subscribe(check)
    check()
  })
}

/** One change of a document's threads or suggestions. */
export interface ReviewRequest {
  method: string
  /** The path below the document: `comments/…`, `suggestions/…`. */
  path: string
  body?: unknown
}

/** Sends a change and refetches what it changed. Each card has its own mutation, so that it shows only its own error. */
export function useReviewRequest(liveDocument: LiveDocument) {
  return useMutation({
    mutationFn: async ({ method, path, body }: ReviewRequest) => {
      await whenSaved(liveDocument)
      return request<unknown>(method, `/api/documents/${liveDocument.name}/${path}`, { body })
    },
    onSettled: (_, __, { path }) => {
      // a comment on a suggestion changes both
      const keys = path.endsWith('/replies') ? ['comments', 'suggestions'] : [path.split('/')[0]]
      return Promise.all(keys.map((key) => queryClient.invalidateQueries({ queryKey: [key, liveDocument.name] })))
    },
  })
}

export type ReviewMutation = ReturnType<typeof useReviewRequest>

/** Selected words that the user is about to comment on or to suggest a change for. */
export interface QuotedSelection {
  anchor: Anchor
  quote: string
}
