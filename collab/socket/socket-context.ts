/** What all document sockets of a node share. */
import type { Metrics } from '../../domain/kernel/metrics.ts'
import type { ReplyBudget } from './replies.ts'

/** Limits of one socket. */
export interface SocketLimits {
  /** Ten seconds' worth may arrive at once. */
  messagesPerSecond: number
  documentsPerSocket: number
  documentBytes: number
  unreadBytes: number
}

/** What a socket is created with. */
export interface SocketContext {
  metrics: Metrics
  limits: SocketLimits
  replyBudget: ReplyBudget
  /** A promise to wait for before a frame is processed; undefined when there is none (`stall-detector.ts`). */
  pendingCatchUp: () => Promise<void> | undefined
}
