/** This node and the other nodes of the installation: ids, heartbeats and leases. */
import { randomUUID } from 'node:crypto'
import type { Bus } from './bus.ts'
import type { Log } from './log.ts'

/** The id of a node: new at each start; the same in the database, on the bus and in presence. */
export const newNodeId = (): string => randomUUID()

export interface MembershipListener {
  /** Another node has stopped, or its lease has ended. What it reported about its connections is no longer valid. */
  nodeGone(nodeId: string): void
  /** This node was cut off for longer than its lease, so the other nodes have dropped what it reported. */
  rejoined(): void
}

/** Which nodes are alive. Each publishes a heartbeat and holds a lease while others receive messages from it. */
export interface Membership {
  readonly nodeId: string
  /** Renews the lease of another node: any message from it shows that it is alive. */
  renewLease(nodeId: string): void
  /** @returns a function that removes the listener */
  listen(listener: MembershipListener): () => void
  /** Tells the other nodes that this node is gone. */
  stop(): Promise<void>
}

const channel = 'nodes'
const heartbeatIntervalMs = 2000
/** A node without messages for this long is gone. */
const leaseMs = 6000

export function joinCluster({ nodeId, bus, log }: { nodeId: string; bus: Bus; log: Log }): Membership {
  const listeners = new Set<MembershipListener>()
  /** When each other node was last heard, on the monotonic clock. */
  const aliveAt = new Map<string, number>()
  let lastOwnMessageAt = performance.now()

  function removeNode(gone: string) {
    if (aliveAt.delete(gone)) for (const listener of listeners) listener.nodeGone(gone)
  }

  function receiveOwn() {
    const wasCutOff = performance.now() - lastOwnMessageAt > leaseMs
    lastOwnMessageAt = performance.now()
    if (!wasCutOff) return
    log.info('reconnected to the cluster bus')
    for (const listener of listeners) listener.rejoined()
  }

  function receive(message: string) {
    const sender = message.slice(1)
    if (sender === nodeId) receiveOwn()
    else if (message.startsWith('-')) removeNode(sender)
    else aliveAt.set(sender, performance.now())
  }

  const timer = setInterval(() => {
    const oldest = performance.now() - leaseMs
    for (const [other, at] of aliveAt) if (at < oldest) removeNode(other)
    if (bus.isShared) void bus.publish(channel, `+${nodeId}`)
  }, heartbeatIntervalMs)
  if (bus.isShared) {
    // not awaited: the bus may be unavailable
    bus
      .subscribe(channel, (message) => receive(message.toString()))
      .catch((error: unknown) => log.warn({ error: String(error) }, 'cluster subscription failed'))
  }

  return {
    nodeId,
    renewLease: (other) => void aliveAt.set(other, performance.now()),
    listen(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    async stop() {
      clearInterval(timer)
      if (bus.isShared) await bus.publish(channel, `-${nodeId}`)
    },
  }
}
