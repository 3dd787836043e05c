/** The document sockets of each account on this node, limited in number. */
import { closeEvent } from './close-codes.ts'
import type { GuardedSocket } from './guarded-socket.ts'

export class AccountSockets {
  readonly #maxPerAccount: number
  readonly #byUser = new Map<string, Set<GuardedSocket>>()

  constructor(maxPerAccount: number) {
    this.#maxPerAccount = maxPerAccount
  }

  /** Counts a socket for an account whose token opens a document on it. @throws CloseEvent too-many-connections */
  add(userId: string, socket: GuardedSocket): void {
    const sockets = this.#byUser.get(userId) ?? new Set()
    if (!sockets.has(socket) && sockets.size >= this.#maxPerAccount) throw closeEvent('too-many-connections')
    this.#byUser.set(userId, sockets.add(socket))
    if (!socket.userIds.includes(userId)) socket.userIds.push(userId)
  }

  /** The socket is closed. */
  remove(socket: GuardedSocket): void {
    for (const userId of socket.userIds) {
      const sockets = this.#byUser.get(userId)
      if (sockets?.delete(socket) && sockets.size === 0) this.#byUser.delete(userId)
    }
  }
}
