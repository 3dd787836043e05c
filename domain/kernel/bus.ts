/** What crosses nodes: messages by channel, at most once, in order per sender. Durability never depends on it. */
import { EventEmitter } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { Redis } from 'ioredis'
import type { Log } from './log.ts'

/** A subscription that does not stand after this long is not waited for. Milliseconds. */
const patience = 1000

export type Hearer = (message: Buffer) => void

export interface Bus {
  /** Whether it reaches other nodes at all. */
  readonly shared: boolean
  /** Whether it reaches them now, as far as this node knows. */
  readonly reaches: boolean
  /** Tells every subscribed node, this one included. Answers how many there were; 0 while the bus is away. */
  publish(channel: string, message: Buffer | string): Promise<number>
  /** Resolves, once the subscription stands or the bus is away, with a function that ends it. */
  subscribe(channel: string, hear: Hearer): Promise<() => void>
  stop(): Promise<void>
}

/** The bus of a single process. Messages arrive after the current turn, as over a network. */
export function memoryBus(): Bus {
  const emitter = new EventEmitter().setMaxListeners(0)
  return {
    shared: false,
    reaches: false,
    async publish(channel, message) {
      const copy = Buffer.from(message)
      setImmediate(() => emitter.emit(channel, copy))
      return emitter.listenerCount(channel) > 0 ? 1 : 0
    },
    async subscribe(channel, hear) {
      emitter.on(channel, hear)
      return () => void emitter.off(channel, hear)
    },
    async stop() {
      emitter.removeAllListeners()
    },
  }
}

/**
 * The bus of many nodes, over Redis pub/sub. While Redis is away, publishing drops and subscriptions wait to come back.
 * @param prefix keeps installations apart that share one Redis
 */
export function redisBus(url: string, log: Log, prefix: string): Bus {
  const options = { maxRetriesPerRequest: 0, enableOfflineQueue: true, retryStrategy: (times: number) => Math.min(2000, times * 100) }
  const sender = new Redis(url, { ...options, enableOfflineQueue: false })
  const receiver = new Redis(url, { ...options, maxRetriesPerRequest: null })
  const emitter = new EventEmitter().setMaxListeners(0)
  for (const client of [sender, receiver]) {
    client.on('error', (error) => log.debug({ error: error.message }, 'redis'))
    client.on('end', () => log.debug('redis connection ended'))
  }
  sender.on('close', () => log.warn('redis is away; nodes hear of each other later'))
  receiver.on('messageBuffer', (channel: Buffer, message: Buffer) => emitter.emit(channel.toString().slice(prefix.length), message))
  return {
    shared: true,
    get reaches() {
      return sender.status === 'ready' && receiver.status === 'ready'
    },
    async publish(channel, message) {
      try {
        return await sender.publish(prefix + channel, message)
      } catch (error) {
        log.debug({ channel, error: (error as Error).message }, 'message dropped')
        return 0
      }
    },
    async subscribe(channel, hear) {
      emitter.on(channel, hear)
      // a node starts without Redis too; the subscription stands when it is back
      if (emitter.listenerCount(channel) === 1) await Promise.race([receiver.subscribe(prefix + channel), wait(patience)])
      return () => {
        emitter.off(channel, hear)
        if (emitter.listenerCount(channel) === 0) void receiver.unsubscribe(prefix + channel).catch(() => {})
      }
    },
    async stop() {
      emitter.removeAllListeners()
      sender.disconnect()
      receiver.disconnect()
    },
  }
}
