/** The bus: messages between nodes by channel, at most once, in order for each sender. Durability never depends on it. */
import { EventEmitter } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { Redis } from 'ioredis'
import type { Log } from './log.ts'

/** Milliseconds to wait for a subscription before continuing without it. */
const subscribeTimeoutMs = 1000

/** Handles a message. Errors and rejections are logged and counted; they never end the process. */
export type MessageHandler = (message: Buffer) => unknown

/** Receives the error of a failed handler, and the channel's kind: `document` for `document:<id>`. */
export type OnFailure = (channel: string, error: unknown) => void

/** Wraps a handler, so that no message can end the process. */
function wrapHandler(channel: string, handler: MessageHandler, onFailure: OnFailure): MessageHandler {
  const reportFailure = (error: unknown) => onFailure(channel.split(':')[0] as string, error)
  return (message) => {
    try {
      const answer = handler(message)
      if (answer instanceof Promise) answer.catch(reportFailure)
    } catch (error) {
      reportFailure(error)
    }
  }
}

export interface Bus {
  /** Whether this bus can reach other nodes at all. */
  readonly isShared: boolean
  /** Whether other nodes are reachable now, as far as this node knows. */
  readonly isConnected: boolean
  /** Sends to every subscribed node, including this one. @returns the number of receivers; 0 while the bus is unavailable */
  publish(channel: string, message: Buffer | string): Promise<number>
  /** Resolves when the subscription is active or the bus is unavailable. @returns a function that unsubscribes */
  subscribe(channel: string, handler: MessageHandler): Promise<() => void>
  stop(): Promise<void>
}

/** The bus of a single process. Messages arrive in a later turn of the event loop, as over a network. */
export function createMemoryBus(onFailure: OnFailure): Bus {
  const emitter = new EventEmitter().setMaxListeners(0)
  return {
    isShared: false,
    isConnected: false,
    async publish(channel, message) {
      const copy = Buffer.from(message)
      setImmediate(() => emitter.emit(channel, copy))
      return emitter.listenerCount(channel) > 0 ? 1 : 0
    },
    async subscribe(channel, handler) {
      const handle = wrapHandler(channel, handler, onFailure)
      emitter.on(channel, handle)
      return () => void emitter.off(channel, handle)
    },
    async stop() {
      emitter.removeAllListeners()
    },
  }
}

/**
 * The bus of several nodes, over Redis pub/sub. While Redis is unavailable, messages are dropped and subscriptions wait.
 * @param prefix separates installations that share one Redis
 */
export function createRedisBus(url: string, log: Log, prefix: string, onFailure: OnFailure): Bus {
  const options = { maxRetriesPerRequest: 0, enableOfflineQueue: true, retryStrategy: (times: number) => Math.min(2000, times * 100) }
  const sender = new Redis(url, { ...options, enableOfflineQueue: false })
  const receiver = new Redis(url, { ...options, maxRetriesPerRequest: null })
  const emitter = new EventEmitter().setMaxListeners(0)
  for (const client of [sender, receiver]) {
    client.on('error', (error) => log.debug({ error: error.message }, 'redis'))
    client.on('end', () => log.debug('redis connection ended'))
  }
  sender.on('close', () => log.warn('redis unavailable; messages between nodes are dropped'))
  receiver.on('messageBuffer', (channel: Buffer, message: Buffer) => emitter.emit(channel.toString().slice(prefix.length), message))
  return {
    isShared: true,
    get isConnected() {
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
    async subscribe(channel, handler) {
      const handle = wrapHandler(channel, handler, onFailure)
      emitter.on(channel, handle)
      // a node starts without Redis, too; the subscription becomes active when Redis is back
      if (emitter.listenerCount(channel) === 1) await Promise.race([receiver.subscribe(prefix + channel), wait(subscribeTimeoutMs)])
      return () => {
        emitter.off(channel, handle)
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
