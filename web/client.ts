import { QueryClient } from '@tanstack/react-query'
import { call, Problem } from './problem.ts'
import { accessToken, renew } from './session.ts'

export interface Asked {
  body?: unknown
  idempotencyKey?: string
  signal?: AbortSignal
  file?: Blob
  saved?: boolean
}

/** One request as the signed-in person. A token that has just ended is renewed, once. */
export async function ask<Answer>(method: string, path: string, asked: Asked = {}): Promise<Answer> {
  const token = await accessToken()
  try {
    return await call<Answer>(method, path, { ...asked, token })
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 401) throw error
    return call<Answer>(method, path, { ...asked, token: await renew() })
  }
}

/** A path with a query, leaving out what is empty. */
export function withQuery(path: string, query: Record<string, string | number | null | undefined>): string {
  const given = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== '')
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString()
  return text ? `${path}?${text}` : path
}

/** A key that makes asking twice the same as asking once. `randomUUID` exists only in secure contexts. */
export function freshKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Everything the workspace has read from the server. */
export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // The server may run on this very machine, where "offline" says nothing.
      networkMode: 'always',
      retry: (failures, error) => failures < 2 && error instanceof Problem && (error.status === 0 || error.status >= 500),
    },
    mutations: { networkMode: 'always' },
  },
})
