/** A person who sends REST requests to any available node while nodes are killed. */
import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { type ApiResponse, sendRequest } from './client.ts'

/** Milliseconds before a failed request is retried. */
const retryDelayMs = 50
/** Milliseconds without an available node after which a request fails. A restart on a busy machine takes half a minute. */
const maxOutageMs = 180_000

export interface RestPerson {
  readonly id: string
  readonly name: string
  readonly token: string
  /** Sends a request, and repeats it to the next node after a connection error, with the same `Idempotency-Key`. */
  request(method: string, path: string, body?: unknown): Promise<ApiResponse>
  /** Signs in again for a new token. */
  renewToken(): Promise<void>
}

async function requestWithRetries(
  urls: string[],
  method: string,
  path: string,
  body: unknown,
  headers: Record<string, string>,
): Promise<ApiResponse> {
  const end = Date.now() + maxOutageMs
  for (let attempt = Math.floor(Math.random() * urls.length); ; attempt++) {
    try {
      return await sendRequest(urls[attempt % urls.length] as string, method, path, body, headers)
    } catch (error) {
      if (Date.now() > end) throw error
      await wait(retryDelayMs)
    }
  }
}

/** Registers a person. */
export async function registerRestPerson(urls: string[], name: string): Promise<RestPerson> {
  const signIn = { email: `${name.toLowerCase()}-${randomUUID()}@example.org`, password: `password of ${name}` }
  let { body, status } = await requestWithRetries(
    urls,
    'POST',
    '/api/auth/register',
    { ...signIn, name },
    { 'idempotency-key': randomUUID() },
  )
  if (status !== 201) throw new Error(`${name} could not register: ${JSON.stringify(body)}`)
  const { id } = body.user
  return {
    id,
    name,
    get token() {
      return body.accessToken
    },
    request: (method, path, sent) =>
      requestWithRetries(urls, method, path, sent, {
        authorization: `Bearer ${body.accessToken}`,
        ...(method === 'POST' && { 'idempotency-key': randomUUID() }),
      }),
    async renewToken() {
      ;({ body, status } = await requestWithRetries(urls, 'POST', '/api/auth/login', signIn, {}))
      if (status !== 200) throw new Error(`${name} could not sign in: ${JSON.stringify(body)}`)
    },
  }
}
