/** Problems as close events: code and reason, as Hocuspocus reads them from what a hook throws. */
import { DomainError, type ProblemCode, problems } from '../../domain/kernel/errors.ts'

/** Not an Error, because Hocuspocus writes anything with a `message` to the console. */
export interface CloseEvent {
  code: number
  reason: ProblemCode
}

export const closeEvent = (reason: ProblemCode): CloseEvent => ({ code: problems[reason].close, reason })

/** Converts what a hook throws. */
export const toCloseEvent = (error: unknown): CloseEvent =>
  isCloseEvent(error) ? error : closeEvent(error instanceof DomainError ? error.code : 'internal')

const isCloseEvent = (error: unknown): error is CloseEvent =>
  !(error instanceof Error) && typeof (error as { reason?: unknown })?.reason === 'string'

/** "Try Again Later" of the IANA registry of WebSocket close codes: the node cannot take more. */
export const tryAgainLaterCode = 1013
