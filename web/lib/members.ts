import { useQuery } from '@tanstack/react-query'
import { request } from './api-client.ts'
import type { Member, Page } from './api-types.ts'

/** The path of the members of a document. */
export const toMembersPath = (documentName: string): string => `/api/documents/${documentName}/members`

/** Reads the members of a document. */
export function useMemberList(documentName: string, { staleTime }: { staleTime?: number } = {}) {
  return useQuery({
    queryKey: ['members', documentName],
    queryFn: ({ signal }) => request<Page<Member>>('GET', `${toMembersPath(documentName)}?limit=100`, { signal }),
    ...(staleTime !== undefined && { staleTime }),
  })
}
