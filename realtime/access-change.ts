/** Matches changes of access with live connections. */
import type { PersonActor } from '../domain/kernel/actor.ts'
import type { AccessChange } from '../domain/kernel/operation.ts'

/** Whose connection it is. */
export type ConnectionOwner = Pick<PersonActor, 'id' | 'credential'>

/**
 * Whether a change may concern a live connection.
 * @param subjects what it has open, or is subscribed to
 */
export function isConcerned(change: AccessChange, owner: ConnectionOwner, subjects: { has(subject: string): boolean }): boolean {
  if (change.userId !== undefined && change.userId !== owner.id) return false
  if (change.sessionId !== undefined && change.sessionId !== owner.credential.sessionId) return false
  return change.subject === undefined || subjects.has(change.subject)
}

/**
 * Access checks that wait for the database. A change of access during a check would be missed twice: the check may have read the state
 * before the change, and enforcement does not find the connection, because it is not registered yet.
 */
export class PendingAccessChecks {
  /** For each pending check, the changes since it started. */
  readonly #changes = new Set<AccessChange[]>()

  /**
   * Runs a check, and repeats it as long as a change arrived meanwhile that concerns the user of the result and these subjects.
   * @param accept receives the result in the same turn of the event loop
   */
  async run<T extends { user: ConnectionOwner }>(
    check: () => Promise<T>,
    subjects: ReadonlySet<string>,
    accept: (answer: T) => void,
  ): Promise<void> {
    for (;;) {
      const changes: AccessChange[] = []
      this.#changes.add(changes)
      try {
        const answer = await check()
        if (!changes.some((change) => isConcerned(change, answer.user, subjects))) return accept(answer)
      } finally {
        this.#changes.delete(changes)
      }
    }
  }

  /** Notes a change of access. */
  noteChange(change: AccessChange): void {
    for (const changes of this.#changes) changes.push(change)
  }
}
