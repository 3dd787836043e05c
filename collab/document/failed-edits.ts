/** Remembers whose edits could not be applied, because a client may send the same edit again and again. */

const maxRemembered = 1000

export class FailedEdits {
  /** Documents and accounts, as `name userId`. */
  readonly #keys = new Set<string>()

  /** Notes a failed edit. Returns whether an earlier edit of the same account in the same document failed. */
  note(documentName: string, userId: string): boolean {
    const key = `${documentName} ${userId}`
    const hasFailedBefore = this.#keys.has(key)
    this.#keys.add(key)
    for (const oldest of this.#keys) {
      if (this.#keys.size <= maxRemembered) break
      this.#keys.delete(oldest)
    }
    return hasFailedBefore
  }
}
