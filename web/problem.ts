interface ProblemBody {
  type?: string
  title?: string
  detail?: string
  errors?: { path: string | (string | number)[]; message: string }[]
}

/** Why the server did not do what it was asked, or why it could not be asked at all (`unreachable`). */
export class Problem extends Error {
  readonly code: string
  readonly status: number
  readonly fields: Record<string, string>
  readonly retryAfter: number | null

  constructor(code: string, message: string, status = 0, fields: Record<string, string> = {}, retryAfter: number | null = null) {
    super(message)
    this.code = code
    this.status = status
    this.fields = fields
    this.retryAfter = retryAfter
  }
}

/** The field of a body that a problem names, by the last part of its path: `body.email`, `/email`, `["email"]`. */
function fieldOf(path: string | (string | number)[]): string {
  const parts = typeof path === 'string' ? path.split(/[./]/) : path.map(String)
  return parts.filter(Boolean).at(-1) ?? ''
}

/** What a schema says of a field, as one would say it to a person. */
function humane(message: string): string {
  const least = />=\s*(\d+) char/.exec(message)?.[1]
  const most = /<=\s*(\d+) char/.exec(message)?.[1]
  if (least) return least === '1' ? 'This is needed.' : `At least ${least} characters, please.`
  if (most) return `At most ${most} characters, please.`
  return /^invalid email/i.test(message) ? 'This is not an e-mail address.' : message
}

async function problemFrom(response: Response): Promise<Problem> {
  const body = (await response.json().catch(() => ({}))) as ProblemBody
  const code = body.type?.replace(/^urn:problem:/, '') ?? 'internal'
  const fields = Object.fromEntries((body.errors ?? []).map(({ path, message }) => [fieldOf(path), humane(message)]))
  const wait = Number(response.headers.get('Retry-After'))
  const message = body.detail ?? body.title ?? 'The server could not do that.'
  return new Problem(code, message, response.status, fields, Number.isFinite(wait) && wait > 0 ? wait : null)
}

export interface Call {
  body?: unknown
  token?: string
  idempotencyKey?: string | undefined
  signal?: AbortSignal | undefined
  /** A file to be sent as it is, in place of a body. */
  file?: Blob | undefined
  /** Answers a Blob, in place of JSON. */
  saved?: boolean | undefined
}

/** One request to the server. Answers its JSON, or throws a Problem. */
export async function call<Answer>(
  method: string,
  path: string,
  { body, token, idempotencyKey, signal, file, saved }: Call = {},
): Promise<Answer> {
  const headers: Record<string, string> = { Accept: 'application/json' }
  if (token) headers['Authorization'] = `Bearer ${token}`
  if (idempotencyKey) headers['Idempotency-Key'] = idempotencyKey
  if (body !== undefined) headers['Content-Type'] = 'application/json'

  if (file) headers['Content-Type'] = 'application/octet-stream'
  const sent = file ?? (body === undefined ? null : JSON.stringify(body))

  let response: Response
  try {
    response = await fetch(path, { method, headers, body: sent, signal: signal ?? null })
  } catch (error) {
    if (signal?.aborted) throw error
    throw new Problem('unreachable', 'The server cannot be reached. Check the connection, then try again.')
  }
  if (!response.ok) throw await problemFrom(response)
  return (response.status === 204 ? undefined : saved ? await response.blob() : await response.json()) as Answer
}

/** What to tell a person about any error. */
export function explain(error: unknown): string {
  if (!(error instanceof Problem)) return 'Something went wrong in this page. Reload it, and try again.'
  if (error.code === 'rate-limited' && error.retryAfter) {
    const minutes = Math.ceil(error.retryAfter / 60)
    return minutes > 1 ? `Too many attempts. Try again in ${minutes} minutes.` : 'Too many attempts. Try again in a minute.'
  }
  return error.message
}
