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

export interface EnforcerOptions {
  bus: Bus
  feed: Feed
  log: Log
  /** How many nodes have the database open. */
  nodes: () => Promise<number>
}

/**
 * Connects this node to the changes of access of all nodes.
 *
 * A change is sent twice: at once over the bus, with confirmations; and as the event of the command, which is never lost. If the bus drops
 * the first, the connection is authorized late rather than never.
 */
export async function startEnforcer(options: EnforcerOptions): Promise<Enforcer> {
  const enforcer = new NodeEnforcer(options)
  await enforcer.start()
  return enforcer
}

class NodeEnforcer implements Enforcer {
  readonly #options: EnforcerOptions
  readonly #listeners: AccessListener[] = []
  /** Changes that this node's listeners have not enforced yet. */
  readonly #pending = new Set<Promise<unknown>>()
  /** Counts a confirmation, by the id of the change. */
  readonly #confirmations = new Map<string, () => void>()
  readonly #unsubscribes: (() => void)[] = []

  constructor(options: EnforcerOptions) {
    this.#options = options
  }

  async start(): Promise<void> {
    const { bus, feed } = this.#options
    this.#unsubscribes.push(await bus.subscribe(changeChannel, (message) => this.#receiveChange(message)))
    this.#unsubscribes.push(await bus.subscribe(confirmationChannel, (message) => this.#confirmations.get(message.toString())?.()))
    this.#unsubscribes.push(
      feed.listen((event) => {
        for (const change of findAccessChanges(event)) this.#notifyListeners(change).catch((error: unknown) => this.#logFailure(error))
      }),
    )
  }

  onAccessChange(listener: AccessListener): void {
    this.#listeners.push(listener)
  }

  async enforce(change: AccessChange): Promise<Enforcement> {
    const startedAt = performance.now()
    const confirmations = new ConfirmationCounter()
    const id = randomUUID()
    this.#confirmations.set(id, () => confirmations.add())
    try {
      // nodes that the bus does not reach cannot confirm and get the event later; they are counted all the same
      const [receivers, openNodes] = await Promise.all([
        this.#options.bus.publish(changeChannel, JSON.stringify({ id, change })),
        this.#options.nodes().catch(() => 1),
      ])
      if (receivers === 0 && (await this.#enforceHere(change))) confirmations.add()
      await confirmations.waitFor(receivers)
      return { nodes: Math.max(receivers, openNodes, 1), confirmed: confirmations.count, milliseconds: elapsedMs(startedAt) }
    } finally {
      this.#confirmations.delete(id)
    }
  }

  async catchUp(): Promise<void> {
    await this.#options.feed.catchUp()
    await Promise.all(this.#pending)
  }

  async stop(): Promise<void> {
    for (const unsubscribe of this.#unsubscribes) unsubscribe()
  }

  /** Enforces a change that a node sent over the bus, and confirms it. */
  #receiveChange(message: Buffer): void {
    const { id, change } = JSON.parse(message.toString()) as { id: string; change: AccessChange }
    this.#notifyListeners(change).then(
      () => this.#options.bus.publish(confirmationChannel, id),
      (error: unknown) => this.#logFailure(error),
    )
  }

  /** Enforces a change without the bus. The change is committed: if this fails, its event enforces it. @returns whether it succeeded */
  #enforceHere(change: AccessChange): Promise<boolean> {
    return this.#notifyListeners(change).then(
      () => true,
      (error: unknown) => {
        this.#logFailure(error)
        return false
      },
    )
  }

  async #notifyListeners(change: AccessChange): Promise<void> {
    const notified = Promise.all(this.#listeners.map((listener) => listener(change)))
    this.#pending.add(notified)
    await notified.finally(() => this.#pending.delete(notified))
  }

  #logFailure(error: unknown): void {
    this.#options.log.error({ error: String(error) }, 'enforcing an access change failed on this node')
  }
}

/** Counts the nodes that confirmed a change. */
class ConfirmationCounter {
  count = 0
  #onAdded = () => {}

  add(): void {
    this.count++
    this.#onAdded()
  }

  /** Resolves when that many nodes have confirmed, or after `confirmationTimeoutMs`. */
  waitFor(expected: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, confirmationTimeoutMs)
      this.#onAdded = () => {
        if (this.count < expected) return
        clearTimeout(timer)
        resolve()
      }
      this.#onAdded()
    })
  }
}

const elapsedMs = (began: number) => Math.round((performance.now() - began) * 10) / 10
