/**
 * Exchanges committed edits and awareness states with the other nodes that have a document in memory.
 *
 * Any message may be lost. Edits are in the journal: the heads of open documents are compared with it at an interval, and missing rows are
 * read. Awareness states are sent again when a node returns. So the bus may drop messages, restart or be unavailable.
 */
import type { Journal } from '../../domain/documents/journal/journal.ts'
import type { Bus } from '../../domain/kernel/bus.ts'
import type { Log } from '../../domain/kernel/log.ts'
import type { Membership } from '../../domain/kernel/node.ts'
import type { OwnedAwarenessState } from '../document/awareness.ts'
import type { JournalRange } from '../document/journal-follower.ts'
import type { LiveDocument } from '../document/live-document.ts'
import { decodeMessage, encodeAwareness, encodeAwarenessRequest, encodeRange } from './codec.ts'
import { HeadComparison } from './head-comparison.ts'

export interface ClusterOptions {
  bus: Bus
  membership: Membership
  journal: Journal
  log: Log
  /** Whether no other process can use the database: the embedded database. */
  isSingleNode: boolean
}

/** Interval at which stale awareness states are removed. */
const staleCheckIntervalMs = 2000
/** Awareness changes are collected for this long before they are published. */
const awarenessIntervalMs = 30

/** A document's channel on the bus. */
interface Subscription {
  live: LiveDocument
  isEnded: boolean
  /** Ends it on the bus. */
  end: () => void
  /** Awareness states to be published, by client. */
  changed: Map<number, OwnedAwarenessState>
  timer: NodeJS.Timeout | undefined
}

export class Cluster {
  readonly #bus: Bus
  readonly #membership: Membership
  readonly #log: Log
  readonly #subscriptions = new Map<LiveDocument, Subscription>()
  readonly #heads: HeadComparison
  readonly #stopListening: () => void
  readonly #timer: NodeJS.Timeout

  constructor({ bus, membership, journal, log, isSingleNode }: ClusterOptions) {
    this.#bus = bus
    this.#membership = membership
    this.#log = log
    this.#heads = new HeadComparison({ journal, log, documents: () => this.#subscriptions.keys() })
    if (!isSingleNode) this.#heads.start(bus.isShared)
    this.#stopListening = membership.listen({
      nodeGone: (node) => {
        for (const { awareness } of this.#subscriptions.keys()) awareness.removeSource(node)
      },
      rejoined: () => this.#returned(),
    })
    this.#timer = setInterval(() => {
      const now = Date.now()
      for (const { awareness } of this.#subscriptions.keys()) awareness.removeStale(now)
    }, staleCheckIntervalMs)
  }

  /** A document is being loaded on this node. */
  subscribe(live: LiveDocument): void {
    const subscription: Subscription = { live, isEnded: false, end: () => {}, changed: new Map(), timer: undefined }
    this.#subscriptions.set(live, subscription)
    if (!this.#bus.isShared) return
    this.#bus
      .subscribe(channelOf(live), (message) => this.#receive(live, message))
      .then(
        (end) => this.#subscribed(subscription, end),
        (error: unknown) => this.#log.warn({ error: String(error) }, 'could not subscribe to the channel of a document'),
      )
  }

  /** A document is unloaded. */
  unsubscribe(live: LiveDocument): void {
    const subscription = this.#subscriptions.get(live)
    if (!subscription) return
    this.#subscriptions.delete(live)
    this.#publishChanged(subscription)
    subscription.isEnded = true
    subscription.end()
  }

  /** Publishes a range of edits that this node has committed. */
  publishRange(live: LiveDocument, range: JournalRange & { updates: Uint8Array[] }): void {
    if (this.#bus.isShared) void this.#bus.publish(channelOf(live), encodeRange(this.#membership.nodeId, range))
  }

  /** Publishes the awareness state of a client of this node. */
  publishAwareness(live: LiveDocument, state: OwnedAwarenessState): void {
    const subscription = this.#subscriptions.get(live)
    if (!subscription || !this.#bus.isShared) return
    subscription.changed.set(state.client, state)
    subscription.timer ??= setTimeout(() => this.#publishChanged(subscription), awarenessIntervalMs)
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#heads.stop()
    this.#stopListening()
    for (const live of this.#subscriptions.keys()) this.unsubscribe(live)
  }

  #subscribed(subscription: Subscription, end: () => void) {
    if (subscription.isEnded) return end()
    subscription.end = end
    this.#requestAwareness(subscription.live)
    // for what was published before the subscription
    this.#heads.compare([subscription.live])
  }

  #receive(live: LiveDocument, bytes: Buffer) {
    const received = decodeMessage(bytes, this.#membership.nodeId)
    if (!received) return
    const { node, message } = received
    this.#membership.renewLease(node)
    if (message.kind === 'range') live.receiveRange(message)
    else if (message.kind === 'awareness') for (const state of message.states) live.awareness.receiveFromNode(node, state)
    else this.#publishLocalStates(live)
  }

  /** The other nodes had taken this node for dead, and have removed its states. */
  #returned() {
    for (const live of this.#subscriptions.keys()) {
      this.#publishLocalStates(live)
      this.#requestAwareness(live)
    }
    this.#heads.compare([...this.#subscriptions.keys()])
  }

  #requestAwareness(live: LiveDocument) {
    void this.#bus.publish(channelOf(live), encodeAwarenessRequest(this.#membership.nodeId))
  }

  #publishLocalStates(live: LiveDocument) {
    const states = live.awareness.localStates()
    if (states.length > 0) void this.#bus.publish(channelOf(live), encodeAwareness(this.#membership.nodeId, states))
  }

  #publishChanged(subscription: Subscription) {
    const { live, changed } = subscription
    clearTimeout(subscription.timer)
    subscription.timer = undefined
    if (changed.size === 0) return
    void this.#bus.publish(channelOf(live), encodeAwareness(this.#membership.nodeId, [...changed.values()]))
    changed.clear()
  }
}

const channelOf = ({ id }: LiveDocument) => `document:${id}`
