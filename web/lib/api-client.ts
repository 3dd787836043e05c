import { QueryClient } from '@tanstack/react-query'
import { sendRequest, Problem } from './problem.ts'
import { getAccessToken, renewAccessToken } from './session.ts'

export interface RequestOptions {
  body?: unknown
  idempotencyKey?: string
  signal?: AbortSignal
  file?: Blob
  asBlob?: boolean
}

/** Sends a request as the signed-in user. An expired access token is renewed once. */
export async function request<Answer>(method: string, path: string, options: RequestOptions = {}): Promise<Answer> {
  const token = await getAccessToken()
  try {
    return await sendRequest<Answer>(method, path, { ...options, token })
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 401) throw error
    return sendRequest<Answer>(method, path, { ...options, token: await renewAccessToken() })
  }
}

/** Appends a query string, without empty parameters. */
export function withQuery(path: string, query: Record<string, string | number | null | undefined>): string {
  const entries = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== '')
  const text = new URLSearchParams(entries.map(([name, value]) => [name, String(value)])).toString()
  return text ? `${path}?${text}` : path
}

/** Creates a random key, for idempotent requests and list items. `randomUUID` exists only in secure contexts. */
export function createRandomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** The cache of everything read from the server. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // The server may run on this machine, so the browser's "offline" does not matter.
      networkMode: 'always',
      retry: (failures, error) => failures < 2 && error instanceof Problem && (error.status === 0 || error.status >= 500),
    },
    mutations: { networkMode: 'always' },
  },
})
