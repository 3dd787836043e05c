import { useMutation, useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { queryClient, request } from '../../lib/api-client.ts'
import type { Readiness, Review } from '../../lib/api-types.ts'
import type { LiveDocument } from '../../lib/collab/live-document.ts'
import { toErrorMessage } from '../../lib/problem.ts'
import { showToast } from '../../ui/toast.ts'

export type Decision = 'approve' | 'reject' | 'request-changes'

const toDraftPath = (documentName: string) => `/api/legal/documents/${documentName.split(':')[1]}`

/** The reviewers of a draft, and what they decided. */
export function useReview(documentName: string) {
  return useQuery({
    queryKey: ['review', documentName],
    queryFn: ({ signal }) => request<Review>('GET', `${toDraftPath(documentName)}/review`, { signal }),
    staleTime: 0,
  })
}

/** What prevents a draft from being sent for signature. */
export function useReadiness(documentName: string, isEnabled = true) {
  return useQuery({
    queryKey: ['review', documentName, 'readiness'],
    queryFn: ({ signal }) => request<Readiness>('GET', `${toDraftPath(documentName)}/readiness`, { signal }),
    staleTime: 0,
    refetchOnWindowFocus: 'always',
    enabled: isEnabled,
  })
}

export const refreshReview = (documentName: string): Promise<void> => queryClient.invalidateQueries({ queryKey: ['review', documentName] })

/** While the text is edited, the review is read again at most this often. */
const refreshIntervalMs = 2000

/** Reads the review again when the text changes: an approval may have lapsed. */
export function useReviewRefresh(liveDocument: LiveDocument): void {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    function refresh() {
      timer ??= setTimeout(() => {
        timer = undefined
        void refreshReview(liveDocument.name)
      }, refreshIntervalMs)
    }
    liveDocument.doc.on('update', refresh)
    return () => {
      clearTimeout(timer)
      liveDocument.doc.off('update', refresh)
    }
  }, [liveDocument])
}

/** Records the user's decision on the text that the page has read. */
export function useDecision(documentName: string, hash: string, onDone: () => void) {
  return useMutation({
    mutationFn: ({ decision, comment }: { decision: Decision; comment: string }) =>
      request<Review>('POST', `${toDraftPath(documentName)}/review`, {
        body: { decision, expectedHash: hash, ...(comment.trim() && { comment: comment.trim() }) },
      }),
    onSuccess: onDone,
    // after a refusal, too: the text may be another one
    onSettled: () => refreshReview(documentName),
  })
}

/** Asks people to review a draft, and withdraws the request. */
export function useReviewers(documentName: string) {
  return useMutation({
    mutationFn: ({ userId, isAsked }: { userId: string; isAsked: boolean }) =>
      request(isAsked ? 'PUT' : 'DELETE', `${toDraftPath(documentName)}/reviewers/${userId}`, isAsked ? { body: {} } : {}),
    onError: (error) => showToast(toErrorMessage(error), 'red'),
    onSettled: () => refreshReview(documentName),
  })
}
