import type { LiveDocument } from '../../lib/collab/live-document.ts'
import { useReviewRequest } from '../comments/comment-queries.ts'

type Decision = 'accept' | 'reject'

/**
 * Accepts or rejects suggestions of a document.
 * @param path the path below the document: of one suggestion or of all
 */
export function useDecision(liveDocument: LiveDocument, path: string) {
  const { mutate, isPending, variables, error } = useReviewRequest(liveDocument)
  return {
    decide: (decision: Decision) => mutate({ method: 'POST', path: `${path}/${decision}` }),
    /** The decision that waits for the server. */
    pendingDecision: isPending ? (variables.path.split('/').at(-1) as Decision) : null,
    error,
  }
}
