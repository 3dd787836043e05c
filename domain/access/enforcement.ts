/** Access is now: a change of access is told to every node, each judges its live connections again and confirms. */
import { randomUUID } from 'node:crypto'
import { AccessChanged } from './events.ts'
import type { Bus } from '../kernel/bus.ts'
import type { HeardEvent } from '../kernel/events.ts'
import type { Feed } from '../kernel/feed.ts'
import type { Log } from '../kernel/log.ts'
import type { AccessChange, Enforcement } from '../kernel/operation.ts'
import { SessionEnded } from '../auth/events.ts'
import { DocumentFrozen } from '../documents/events.ts'
import { UserChanged } from '../users/events.ts'

/** Judges the live connections concerned again. Resolves when each of them is as the domain says now. */
export type Judge = (change: AccessChange) => Promise<void>

export interface Enforcer {
  /** Adds a judge: whoever holds live connections on this node. */
  judgeBy(judge: Judge): void
  enforce(change: AccessChange): Promise<Enforcement>
  /** Resolves when every change that was told up to now is in force here. @throws when that cannot be known */
  caughtUp(): Promise<void>
  stop(): Promise<void>
}

const changes = 'access'
const confirmations = 'access.confirmed'
/** A request waits no longer than this for nodes that do not confirm, in milliseconds. */
const patience = 2000

/**
 * Connects this node to the changes of access of all.
 *
 * A change travels twice: at once over the bus, confirmed; and as the event of the command, which is never lost. So when
 * the bus drops the first, the connection is judged late rather than not at all.
 */
export async function startEnforcer(options: {
  bus: Bus
  feed: Feed
  log: Log
  /** How many nodes have the database open. */
  nodes: () => Promise<number>
}): Promise<Enforcer> {
  const { bus, feed, log } = options
  const countNodes = () => options.nodes().catch(() => 1)
  const judges: Judge[] = []
  const waiting = new Map<string, () => void>()

  const judging = new Set<Promise<unknown>>()
  const judgeAll = async (change: AccessChange) => {
    const judged = Promise.all(judges.map((judge) => judge(change)))
    judging.add(judged)
    await judged.finally(() => judging.delete(judged))
  }

  const unsubscribes = [
    await bus.subscribe(changes, (message) => {
      const { id, change } = JSON.parse(message.toString()) as { id: string; change: AccessChange }
      judgeAll(change).then(
        () => bus.publish(confirmations, id),
        (error: unknown) => log.error({ error: String(error) }, 'a change of access was not enforced on this node'),
      )
    }),
    await bus.subscribe(confirmations, (message) => waiting.get(message.toString())?.()),
    feed.listen((event) => {
      const change = changeOf(event)
      if (change)
        judgeAll(change).catch((error: unknown) => log.error({ error: String(error) }, 'a change of access was not enforced on this node'))
    }),
  ]

  return {
    judgeBy: (judge) => void judges.push(judge),
    async enforce(change) {
      const began = performance.now()
      const id = randomUUID()
      let confirmed = 0
      let heard = () => {}
      waiting.set(id, () => {
        confirmed++
        heard()
      })
      try {
        // nodes that the bus does not reach cannot confirm, and hear of it by the event; they are counted all the same
        const [told, present] = await Promise.all([bus.publish(changes, JSON.stringify({ id, change })), countNodes()])
        if (told === 0) {
          await judgeAll(change)
          confirmed = 1
        }
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, patience)
          heard = () => {
            if (confirmed < told) return
            clearTimeout(timer)
            resolve()
          }
          heard()
        })
        return { nodes: Math.max(told, present, 1), confirmed, milliseconds: elapsed(began) }
      } finally {
        waiting.delete(id)
      }
    },
    async caughtUp() {
      await feed.caughtUp()
      await Promise.all(judging)
    },
    async stop() {
      for (const unsubscribe of unsubscribes) unsubscribe()
    },
  }
}

const elapsed = (began: number) => Math.round((performance.now() - began) * 10) / 10

function changeOf({ event, data }: HeardEvent): AccessChange | undefined {
  const told = data as { subject?: string; userId?: string; sessionId?: string; documentName?: string; was?: string | null }
  // of what was just made nobody has anything open
  if (event === AccessChanged.name) return told.was === undefined ? undefined : { userId: told.userId as string }
  if (event === SessionEnded.name) return { sessionId: told.sessionId as string }
  if (event === UserChanged.name) return { userId: told.userId as string }
  if (event === DocumentFrozen.name) return { subject: told.documentName as string }
  return undefined
}
