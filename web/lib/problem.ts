interface ProblemBody {
  type?: string
  title?: string
  detail?: string
  errors?: { path: string | (string | number)[]; message: string }[]
}

/** An error response of the server, or `unreachable` if there was no response. */
export class Problem extends Error {
  readonly code: string
  readonly status: number
  readonly fields: Record<string, string>
  readonly retryAfterSeconds: number | null

  constructor(code: string, message: string, status = 0, fields: Record<string, string> = {}, retryAfterSeconds: number | null = null) {
    super(message)
    this.code = code
    this.status = status
    this.fields = fields
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** The last part of a field's path: `body.email`, `/email` and `["email"]` are `email`. */
function toFieldName(path: string | (string | number)[]): string {
  const parts = typeof path === 'string' ? path.split(/[./]/) : path.map(String)
  return parts.filter(Boolean).at(-1) ?? ''
}

/** Rewrites a schema's message for people. */
function toFieldMessage(message: string): string {
  const minLength = />=\s*(\d+) char/.exec(message)?.[1]
  const maxLength = /<=\s*(\d+) char/.exec(message)?.[1]
  if (minLength) return minLength === '1' ? 'This is needed.' : `At least ${minLength} characters, please.`
  if (maxLength) return `At most ${maxLength} characters, please.`
  return /^invalid email/i.test(message) ? 'This is not an e-mail address.' : message
}

async function parseProblem(response: Response): Promise<Problem> {
  const body = (await response.json().catch(() => ({}))) as ProblemBody
  const code = body.type?.replace(/^urn:problem:/, '') ?? 'internal'
  const fields = Object.fromEntries((body.errors ?? []).map(({ path, message }) => [toFieldName(path), toFieldMessage(message)]))
  const retryAfterSeconds = Number(response.headers.get('Retry-After'))
  const message = body.detail ?? body.title ?? 'The server could not do that.'
  return new Problem(
    code,
    message,
    response.status,
    fields,
    Number.isFinite(retryAfterSeconds) && retryAfterSeconds > 0 ? retryAfterSeconds : null,
  )
}

export interface SendOptions {
  body?: unknown
  token?: string
  idempotencyKey?: string | undefined
  signal?: AbortSignal | undefined
  /** A file to send instead of a JSON body. */
  file?: Blob | undefined
  /** Returns a Blob instead of JSON. */
  asBlob?: boolean | undefined
}

/** Sends one request and returns its JSON. @throws Problem */
export async function sendRequest<Answer>(
  method: string,
  path: string,
  { body, token, idempotencyKey, signal, file, asBlob }: SendOptions = {},
): Promise<Answer> {
  const headers: Record<string, string> = { Accept: 'application/json' }
  if (token) headers['Authorization'] = `Bearer ${token}`
  if (idempotencyKey) headers['Idempotency-Key'] = idempotencyKey
  if (body !== undefined) headers['Content-Type'] = 'application/json'

  if (file) headers['Content-Type'] = 'application/octet-stream'
  const payload = file ?? (body === undefined ? null : JSON.stringify(body))

  let response: Response
  try {
    response = await fetch(path, { method, headers, body: payload, signal: signal ?? null })
  } catch (error) {
    if (signal?.aborted) throw error
    throw new Problem('unreachable', 'The server cannot be reached. Check the connection, then try again.')
  }
  if (!response.ok) throw await parseProblem(response)
  return (response.status === 204 ? undefined : asBlob ? await response.blob() : await response.json()) as Answer
}

/** The messages of an error by the field that they concern. */
export function toFieldErrors(error: unknown): Record<string, string> {
  return error instanceof Problem ? error.fields : {}
}

/** The message to show for any error. */
export function toErrorMessage(error: unknown): string {
  if (!(error instanceof Problem)) return 'Something went wrong in this page. Reload it, and try again.'
  if (error.code === 'rate-limited' && error.retryAfterSeconds) {
    if (error.retryAfterSeconds < 60)
      return `Too many attempts. Try again in ${error.retryAfterSeconds === 1 ? 'a second' : `${error.retryAfterSeconds} seconds`}.`
    const minutes = Math.ceil(error.retryAfterSeconds / 60)
    return minutes > 1 ? `Too many attempts. Try again in ${minutes} minutes.` : 'Too many attempts. Try again in a minute.'
  }
  return error.message
}
