/**
 * Answers about access that still hold when something is done with them. Whoever asks who may hear what waits for the database; a change
 * that falls into that time would be missed by an answer from before it, and by whoever looks for those that it concerns.
 */
import type { AccessChange } from '../domain/kernel/operation.ts'
import type { User } from './line.ts'

/** Whether a change of access may concern somebody and what they hear. */
export function concerns({ userId, sessionId, subject }: AccessChange, user: User, audiences: ReadonlySet<string>): boolean {
  if (userId !== undefined && userId !== user.userId) return false
  return (sessionId === undefined || sessionId === user.sessionId) && (subject === undefined || audiences.has(subject))
}

export interface Asking {
  /**
   * Asks, again where a change fell between the question and its answer that concerns who the answer is about.
   * @param audiences what they ask to hear
   * @param take is given the answer in the turn in which it holds
   */
  asOfNow: <T extends { user: User }>(ask: () => Promise<T>, audiences: ReadonlySet<string>, take: (answer: T) => void) => Promise<void>
  /** Tells of a change. */
  changed(change: AccessChange): void
}

export function createAsking(): Asking {
  /** For each question that waits for its answer, what changed meanwhile. */
  const asking = new Set<AccessChange[]>()
  return {
    async asOfNow(ask, audiences, take) {
      for (;;) {
        const changes: AccessChange[] = []
        asking.add(changes)
        try {
          const answer = await ask()
          if (!changes.some((change) => concerns(change, answer.user, audiences))) return take(answer)
        } finally {
          asking.delete(changes)
        }
      }
    },
    changed(change) {
      for (const changes of asking) changes.push(change)
    },
  }
}
