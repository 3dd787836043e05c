/** Somebody who asks the API of whichever node answers, through nodes that are killed. */
import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { type ApiResponse, sendRequest } from './client.ts'

/** Between two tries of a request that broke off, milliseconds. */
const retryDelayMs = 50
/** A node is back within seconds, on a busy machine in half a minute; a request that finds none for so long fails, milliseconds. */
const longestOutageMs = 180_000

export interface RestPerson {
  readonly id: string
  readonly name: string
  readonly token: string
  /** Asks a node, and after a broken connection the next one, with the same `Idempotency-Key`. */
  request(method: string, path: string, body?: unknown): Promise<ApiResponse>
  /** Signs in again, for a token that lasts. */
  renewToken(): Promise<void>
}

async function requestWithRetries(
  urls: string[],
  method: string,
  path: string,
  body: unknown,
  headers: Record<string, string>,
): Promise<ApiResponse> {
  const end = Date.now() + longestOutageMs
  for (let attempt = Math.floor(Math.random() * urls.length); ; attempt++) {
    try {
      return await sendRequest(urls[attempt % urls.length] as string, method, path, body, headers)
    } catch (error) {
      if (Date.now() > end) throw error
      await wait(retryDelayMs)
    }
  }
}

/** Registers somebody. */
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
