import { useSyncExternalStore } from 'react'
import type { SignedIn, User } from './contract.ts'
import { call, Problem } from './problem.ts'

const KEY = 'smartstart:session'
/** A token this close to its end is renewed before it is used. */
const MARGIN = 75_000

interface Kept {
  user: User
  refreshToken: string
}

interface Access {
  token: string
  endsAt: number
}

export interface SessionState {
  user: User | null
  /** How the last session came to its end, so that the sign-in page can say why one is there again. */
  end: 'left' | 'ended' | null
}

function kept(): Kept | null {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? 'null') as Kept | null
  } catch {
    return null
  }
}

/**
 * The access token lives in memory, and passes from one page to the next when this tab loads again. Without
 * that every reload would spend a refresh token, and one that is cut short would lose its answer, and so the session.
 */
function stashed(): Access | null {
  const text = sessionStorage.getItem(KEY)
  sessionStorage.removeItem(KEY)
  const { token, endsAt, userId } = JSON.parse(text ?? '{}') as Partial<Access & { userId: string }>
  return token && endsAt && userId === kept()?.user.id ? { token, endsAt } : null
}

let access: Access | null = stashed()
let renewing: Promise<string> | null = null
let timer: ReturnType<typeof setTimeout> | undefined
let state: SessionState = { user: kept()?.user ?? null, end: null }
const listeners = new Set<() => void>()
const renewalListeners = new Set<() => void>()

function become(next: SessionState) {
  state = next
  for (const listener of listeners) listener()
}

function accept(answer: SignedIn) {
  localStorage.setItem(KEY, JSON.stringify({ user: answer.user, refreshToken: answer.refreshToken } satisfies Kept))
  access = { token: answer.accessToken, endsAt: Date.now() + answer.expiresIn * 1000 }
  renewInTime()
  become({ user: answer.user, end: null })
}

function renewInTime() {
  if (!access) return
  const left = access.endsAt - Date.now()
  clearTimeout(timer)
  timer = setTimeout(() => void renew().catch(() => {}), Math.max(left - 2 * MARGIN, left / 2))
}

function forget(end: 'left' | 'ended') {
  localStorage.removeItem(KEY)
  access = null
  clearTimeout(timer)
  become({ user: null, end })
}

/**
 * A refresh token works once, and using it twice ends the session. So tabs take turns: each reads the
 * newest token only when it holds the lock. Pages without a secure context have no locks and go without.
 */
async function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
  if (!navigator.locks) return work()
  return (await navigator.locks.request(KEY, work)) as Result
}

async function exchange(): Promise<string> {
  const before = kept()
  if (!before) throw new Problem('unauthenticated', 'You are not signed in.', 401)
  try {
    const answer = await call<SignedIn>('POST', '/api/auth/refresh', { body: { refreshToken: before.refreshToken } })
    // Somebody signed out or in while we asked: what is kept now is not ours to overwrite.
    if (kept()?.refreshToken !== before.refreshToken) throw new Problem('unauthenticated', 'You are not signed in.', 401)
    accept(answer)
    for (const listener of renewalListeners) listener()
    return answer.accessToken
  } catch (error) {
    const refused = error instanceof Problem && (error.status === 401 || error.status === 400)
    if (refused && kept()?.refreshToken === before.refreshToken) forget('ended')
    throw error
  }
}

/** Gets a new access token. However many ask at once, the server is asked once. */
export function renew(): Promise<string> {
  renewing ??= inTurn(exchange).finally(() => {
    renewing = null
  })
  return renewing
}

/** An access token that is good for at least a little while. */
export async function accessToken(): Promise<string> {
  if (access && access.endsAt - Date.now() > MARGIN) return access.token
  return renew()
}

/** Asks for an account or opens a session; the person is signed in when it returns. */
export async function enter(path: '/api/auth/login' | '/api/auth/register', body: Record<string, string>): Promise<void> {
  accept(await call<SignedIn>('POST', path, { body }))
}

/** Ends the session, here at once and on the server as soon as it hears of it. */
export async function leave(everywhere = false): Promise<void> {
  const token = await accessToken().catch(() => null)
  const path = everywhere ? '/api/auth/logout-all' : '/api/auth/logout'
  if (token) {
    const told = call('POST', path, { token, signal: AbortSignal.timeout(4000) })
    if (everywhere) await told
    else await told.catch(() => {})
  }
  forget('left')
}

/** Hears of every new access token, so that open documents can show it before the old one ends. */
export function onRenewal(listener: () => void): () => void {
  renewalListeners.add(listener)
  return () => renewalListeners.delete(listener)
}

/** Who is signed in, outside of React. */
export function currentSession(): SessionState {
  return state
}

/** Hears of sign in, sign out and every change of who it is. */
export function onSession(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Who is signed in. */
export function useSession(): SessionState {
  return useSyncExternalStore(onSession, currentSession)
}

window.addEventListener('storage', ({ key }) => {
  if (key !== KEY && key !== null) return
  const user = kept()?.user ?? null
  if (user?.id === state.user?.id) return
  access = null
  // Another person in this browser must not find anything of the one before in memory.
  if (user && state.user) location.reload()
  else become({ user, end: user ? null : 'left' })
})

renewInTime()
window.addEventListener('pagehide', () => {
  if (access && state.user) sessionStorage.setItem(KEY, JSON.stringify({ ...access, userId: state.user.id }))
})
