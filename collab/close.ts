/** A problem as a closing: code and reason, as Hocuspocus reads them from whatever a hook throws. */
import { DomainError, type ProblemCode, problems } from '../domain/kernel/errors.ts'

/** A plain object on purpose: Hocuspocus writes anything that has a `message` to the console. */
export interface Closing {
  code: number
  reason: ProblemCode
}

export const closing = (reason: ProblemCode): Closing => ({ code: problems[reason].close, reason })

/** What is thrown inside a hook, as a closing. */
export const closingOf = (error: unknown): Closing =>
  isClosing(error) ? error : closing(error instanceof DomainError ? error.code : 'internal')

const isClosing = (error: unknown): error is Closing =>
  !(error instanceof Error) && typeof (error as { reason?: unknown })?.reason === 'string'

/** The node cannot take more: try again later (registered with RFC 6455). */
export const tryAgainLater = 1013
