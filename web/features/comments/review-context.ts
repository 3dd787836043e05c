import { createContext, use } from 'react'
import type { Member, User } from '../../lib/api-types.ts'
import type { LiveDocument } from '../../lib/collab/live-document.ts'

/** What every part of the comments panel needs: the document, its members, and what the user may do. */
export interface Review {
  liveDocument: LiveDocument
  user: User
  people: Member[]
  canComment: boolean
  isOwner: boolean
}

export const ReviewContext = createContext<Review | null>(null)

/** The document whose comments are shown, and what the user may do there. */
export function useReview(): Review {
  const review = use(ReviewContext)
  if (!review) throw new Error('This component is outside of the comments panel.')
  return review
}
