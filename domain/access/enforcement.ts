/** Enforcement: a change of access goes to every node. Each node authorizes its live connections again and confirms. */
import { randomUUID } from 'node:crypto'
import type { Bus } from '../kernel/bus.ts'
import type { Feed } from '../kernel/events/feed.ts'
import type { Log } from '../kernel/log.ts'
import type { AccessChange, Enforcement } from '../kernel/operation.ts'
import { findAccessChanges } from '../kernel/manifest/registry.ts'

/** Authorizes the affected live connections again. Resolves when each of them has the access that the domain allows now. */
export type AccessListener = (change: AccessChange) => Promise<void>

export interface Enforcer {
  /** Adds a listener: code that has live connections on this node. */
  onAccessChange(listener: AccessListener): void
  enforce(change: AccessChange): Promise<Enforcement>
  /** Resolves when every change up to now is enforced on this node. @throws when that cannot be known */
  catchUp(): Promise<void>
  stop(): Promise<void>
}

const changeChannel = 'access'
const confirmationChannel = 'access.confirmed'
/** Milliseconds that a request waits for nodes that do not confirm. */
const confirmationTimeoutMs = 2000

/**
 * Connects this node to the changes of access of all nodes.
 *
 * A change is sent twice: at once over the bus, with confirmations; and as the event of the command, which is never lost. If the bus drops
 * the first, the connection is authorized late rather than never.
 */
export async function startEnforcer(options: {
  bus: Bus
  feed: Feed
  log: Log
  /** How many nodes have the database open. */
  nodes: () => Promise<number>
}): Promise<Enforcer> {
  const { bus, feed, log } = options
  const countNodesOrOne = () => options.nodes().catch(() => 1)
  const listeners: AccessListener[] = []
  const pendingConfirmations = new Map<string, () => void>()

  const pending = new Set<Promise<unknown>>()
  const notifyListeners = async (change: AccessChange) => {
    const notified = Promise.all(listeners.map((listener) => listener(change)))
    pending.add(notified)
    await notified.finally(() => pending.delete(notified))
  }

  const unsubscribes = [
    await bus.subscribe(changeChannel, (message) => {
      const { id, change } = JSON.parse(message.toString()) as { id: string; change: AccessChange }
      notifyListeners(change).then(
        () => bus.publish(confirmationChannel, id),
        (error: unknown) => log.error({ error: String(error) }, 'enforcing an access change failed on this node'),
      )
    }),
    await bus.subscribe(confirmationChannel, (message) => pendingConfirmations.get(message.toString())?.()),
    feed.listen((event) => {
      for (const change of findAccessChanges(event))
        notifyListeners(change).catch((error: unknown) =>
          log.error({ error: String(error) }, 'enforcing an access change failed on this node'),
        )
    }),
  ]

  return {
    onAccessChange: (listener) => void listeners.push(listener),
    async enforce(change) {
      const startedAt = performance.now()
      const id = randomUUID()
      let confirmed = 0
      let checkConfirmed = () => {}
      pendingConfirmations.set(id, () => {
        confirmed++
        checkConfirmed()
      })
      try {
        // nodes that the bus does not reach cannot confirm and get the event later; they are counted all the same
        const [receivers, openNodes] = await Promise.all([bus.publish(changeChannel, JSON.stringify({ id, change })), countNodesOrOne()])
        if (receivers === 0) {
          // the change is committed: if this fails, its event enforces it
          confirmed = await notifyListeners(change).then(
            () => 1,
            (error: unknown) => {
              log.error({ error: String(error) }, 'enforcing an access change failed on this node')
              return 0
            },
          )
        }
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, confirmationTimeoutMs)
          checkConfirmed = () => {
            if (confirmed < receivers) return
            clearTimeout(timer)
            resolve()
          }
          checkConfirmed()
        })
        return { nodes: Math.max(receivers, openNodes, 1), confirmed, milliseconds: elapsedMs(startedAt) }
      } finally {
        pendingConfirmations.delete(id)
      }
    },
    async catchUp() {
      await feed.catchUp()
      await Promise.all(pending)
    },
    async stop() {
      for (const unsubscribe of unsubscribes) unsubscribe()
    },
  }
}

const elapsedMs = (began: number) => Math.round((performance.now() - began) * 10) / 10
