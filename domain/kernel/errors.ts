/** The one table of problems: code, HTTP status, WebSocket close code. docs/rest.md has the same table. */

export const problems = {
  'invalid-input': { status: 400, close: 4400, title: 'The input is invalid' },
  unauthenticated: { status: 401, close: 4401, title: 'You are not signed in' },
  forbidden: { status: 403, close: 4403, title: 'Your role does not allow this' },
  'not-found': { status: 404, close: 4404, title: 'Not found, or you do not have access to it' },
  'method-not-allowed': { status: 405, close: 4405, title: 'This address does not support this method' },
  conflict: { status: 409, close: 4409, title: 'The current state does not allow this' },
  'cannot-replay': { status: 410, close: 4410, title: 'The missed events are no longer available: read everything again' },
  'precondition-failed': { status: 412, close: 4412, title: 'It was changed since you read it' },
  'too-large': { status: 413, close: 1009, title: 'Too large' },
  'too-complex': { status: 413, close: 4414, title: 'The content has too many parts or is nested too deep' },
  'document-too-large': { status: 413, close: 4413, title: 'The document has reached its maximum size' },
  'cannot-apply': { status: 422, close: 4422, title: 'The edit cannot be applied to the document' },
  'idempotency-key-reused': { status: 422, close: 4423, title: 'This Idempotency-Key was used for another request' },
  'too-many-documents': { status: 429, close: 4430, title: 'Too many documents on one socket' },
  'too-many-connections': { status: 429, close: 4431, title: 'Too many connections of one account' },
  'too-many-audiences': { status: 429, close: 4432, title: 'Too many audiences of one subscriber' },
  'slow-reader': { status: 503, close: 1013, title: 'The client reads too slowly' },
  'rate-limited': { status: 429, close: 4429, title: 'Too many requests' },
  unavailable: { status: 503, close: 1012, title: 'Temporarily unavailable' },
  internal: { status: 500, close: 1011, title: 'Internal error' },
} as const

export type ProblemCode = keyof typeof problems

/** Which part of the input is wrong: `path` is dotted, as in `members.0.role`. */
export interface FieldError {
  path: string
  message: string
}

/** An error that the client may read. Anything else that is thrown becomes `internal`, and its text is only logged. */
export class DomainError extends Error {
  readonly code: ProblemCode
  readonly fields: readonly FieldError[]
  /** Seconds after which a retry makes sense (`rate-limited`, `unavailable`). */
  readonly retryAfter: number | undefined
  /** The newest event position, from which to continue after everything was read again (`cannot-replay`). */
  readonly position: number | undefined

  constructor(
    code: ProblemCode,
    message: string,
    more: { fields?: readonly FieldError[]; retryAfter?: number; position?: number; cause?: unknown } = {},
  ) {
    super(message, { cause: more.cause })
    this.name = 'DomainError'
    this.code = code
    this.fields = more.fields ?? []
    this.retryAfter = more.retryAfter
    this.position = more.position
  }
}

/** The one error for things that are absent and things that the actor cannot access, so that the two cannot be told apart. */
export const notFound = () => new DomainError('not-found', 'Not found, or you do not have access to it.')
