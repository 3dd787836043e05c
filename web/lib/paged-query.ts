import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { request, withQuery } from './api-client.ts'
import type { Page } from './api-types.ts'

interface PagedQueryOptions {
  queryKey: readonly unknown[]
  path: string
  query: Parameters<typeof withQuery>[1]
  refetchInterval?: number
  /** Shows the previous items until a changed query is answered. */
  keepsPrevious?: boolean
}

/** Reads a list of the API page by page. `items` are the items of all pages read so far. */
export function usePagedQuery<Item>({ queryKey, path, query, refetchInterval, keepsPrevious }: PagedQueryOptions) {
  const list = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => request<Page<Item>>('GET', withQuery(path, { ...query, cursor: pageParam }), { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
    refetchInterval,
    placeholderData: keepsPrevious ? keepPreviousData : undefined,
  })
  return { list, items: list.data?.pages.flatMap(({ items }) => items) ?? [] }
}
