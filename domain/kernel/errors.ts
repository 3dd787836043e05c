/** What can go wrong, once: code, HTTP status, WebSocket close code (house 5.7). */

export const problems = {
  'invalid-input': { status: 400, close: 4400, title: 'The input is not what is expected' },
  unauthenticated: { status: 401, close: 4401, title: 'Not signed in, or no longer' },
  forbidden: { status: 403, close: 4403, title: 'Your role does not allow this' },
  'not-found': { status: 404, close: 4404, title: 'There is no such thing, or you may not see it' },
  conflict: { status: 409, close: 4409, title: 'The present state does not allow this' },
  'cannot-replay': { status: 410, close: 4410, title: 'What was missed is no longer kept: read everything again' },
  'too-large': { status: 413, close: 1009, title: 'Too large' },
  'document-too-large': { status: 413, close: 4413, title: 'The document is as large as it may be' },
  'too-many-documents': { status: 429, close: 4430, title: 'Too many documents on one socket' },
  'too-many-connections': { status: 429, close: 4431, title: 'Too many connections of one account' },
  'too-many-audiences': { status: 429, close: 4432, title: 'Too many audiences of one subscriber' },
  'slow-reader': { status: 503, close: 1013, title: 'The reader does not keep up' },
  'rate-limited': { status: 429, close: 4429, title: 'Too often' },
  unavailable: { status: 503, close: 1012, title: 'Not available right now' },
  internal: { status: 500, close: 1011, title: 'Something went wrong on our side' },
} as const

export type ProblemCode = keyof typeof problems

/** Where a part of the input is wrong: `path` is dotted, as in `members.0.role`. */
export interface FieldError {
  path: string
  message: string
}

/** A refusal that the asker may read. Anything else that is thrown becomes `internal`, and its text never leaves. */
export class DomainError extends Error {
  readonly code: ProblemCode
  readonly fields: readonly FieldError[]
  /** Seconds after which trying again makes sense (`rate-limited`, `unavailable`). */
  readonly retryAfter: number | undefined
  /** The newest position of events, from which to go on after everything was read again (`cannot-replay`). */
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

/** The one answer for what is absent and what may not be seen, so that the two cannot be told apart. */
export const notFound = () => new DomainError('not-found', 'There is no such thing, or you may not see it.')
