import { useSyncExternalStore } from 'react'
import type { SignedIn, User } from './api-types.ts'
import { sendRequest, Problem } from './problem.ts'

const storageKey = 'smartstart:session'
/** An access token that expires sooner than this is renewed before use. */
const renewalMarginMs = 75_000

interface StoredSession {
  user: User
  refreshToken: string
}

interface AccessToken {
  token: string
  expiresAt: number
}

export interface SessionState {
  user: User | null
  /** Why the last session ended; the sign-in page says so. */
  endReason: 'signed-out' | 'expired' | null
}

function readStoredSession(): StoredSession | null {
  try {
    return JSON.parse(localStorage.getItem(storageKey) ?? 'null') as StoredSession | null
  } catch {
    return null
  }
}

/**
 * Takes over the access token of this tab after a reload. The token lives in memory; without this every reload would use a refresh token,
 * and an interrupted reload would lose the response and with it the session.
 */
function takeStashedToken(): AccessToken | null {
  const text = sessionStorage.getItem(storageKey)
  sessionStorage.removeItem(storageKey)
  const { token, expiresAt, userId } = JSON.parse(text ?? '{}') as Partial<AccessToken & { userId: string }>
  return token && expiresAt && userId === readStoredSession()?.user.id ? { token, expiresAt } : null
}

let access: AccessToken | null = takeStashedToken()
let renewal: Promise<string> | null = null
let renewalTimer: ReturnType<typeof setTimeout> | undefined
let state: SessionState = { user: readStoredSession()?.user ?? null, endReason: null }
const listeners = new Set<() => void>()
const renewalListeners = new Set<() => void>()

function setState(next: SessionState) {
  state = next
  for (const listener of listeners) listener()
}

function startSession(answer: SignedIn) {
  localStorage.setItem(storageKey, JSON.stringify({ user: answer.user, refreshToken: answer.refreshToken } satisfies StoredSession))
  access = { token: answer.accessToken, expiresAt: Date.now() + answer.expiresIn * 1000 }
  scheduleRenewal()
  setState({ user: answer.user, endReason: null })
}

function scheduleRenewal() {
  if (!access) return
  const remainingMs = access.expiresAt - Date.now()
  clearTimeout(renewalTimer)
  renewalTimer = setTimeout(() => void renewAccessToken().catch(() => {}), Math.max(remainingMs - 2 * renewalMarginMs, remainingMs / 2))
}

function endSession(endReason: 'signed-out' | 'expired') {
  localStorage.removeItem(storageKey)
  access = null
  clearTimeout(renewalTimer)
  setState({ user: null, endReason })
}

/**
 * A refresh token works once, and using it twice ends the session. So tabs take turns and read the newest token while they hold the lock.
 * Without a secure context there are no locks.
 */
async function withSessionLock<Result>(work: () => Promise<Result>): Promise<Result> {
  if (!navigator.locks) return work()
  return (await navigator.locks.request(storageKey, work)) as Result
}

async function exchangeRefreshToken(): Promise<string> {
  const stored = readStoredSession()
  if (!stored) throw new Problem('unauthenticated', 'You are not signed in.', 401)
  try {
    const answer = await sendRequest<SignedIn>('POST', '/api/auth/refresh', { body: { refreshToken: stored.refreshToken } })
    // The user signed out, or another one signed in, during the request: do not overwrite the stored session.
    if (readStoredSession()?.refreshToken !== stored.refreshToken) throw new Problem('unauthenticated', 'You are not signed in.', 401)
    startSession(answer)
    for (const listener of renewalListeners) listener()
    return answer.accessToken
  } catch (error) {
    const isRefused = error instanceof Problem && (error.status === 401 || error.status === 400)
    if (isRefused && readStoredSession()?.refreshToken === stored.refreshToken) endSession('expired')
    throw error
  }
}

/** Gets a new access token. Concurrent calls share one request. */
export function renewAccessToken(): Promise<string> {
  renewal ??= withSessionLock(exchangeRefreshToken).finally(() => {
    renewal = null
  })
  return renewal
}

/** Returns an access token that is valid for a while. */
export async function getAccessToken(): Promise<string> {
  if (access && access.expiresAt - Date.now() > renewalMarginMs) return access.token
  return renewAccessToken()
}

/** Signs in or registers. The user is signed in when it returns. */
export async function signIn(path: '/api/auth/login' | '/api/auth/register', body: Record<string, string>): Promise<void> {
  startSession(await sendRequest<SignedIn>('POST', path, { body }))
}

/** Ends the session in this browser, and on the server as soon as it can be reached. */
export async function signOut(everywhere = false): Promise<void> {
  const token = await getAccessToken().catch(() => null)
  const path = everywhere ? '/api/auth/logout-all' : '/api/auth/logout'
  if (token) {
    const sent = sendRequest('POST', path, { token, signal: AbortSignal.timeout(4000) })
    if (everywhere) await sent
    else await sent.catch(() => {})
  }
  endSession('signed-out')
}

/** Called with every new access token, so that open documents can send it before the old one expires. */
export function onTokenRenewed(listener: () => void): () => void {
  renewalListeners.add(listener)
  return () => renewalListeners.delete(listener)
}

/** The current session, outside of React. */
export function getSession(): SessionState {
  return state
}

/** Called on sign-in, sign-out and every change of the user. */
export function onSessionChange(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** The current session. */
export function useSession(): SessionState {
  return useSyncExternalStore(onSessionChange, getSession)
}

window.addEventListener('storage', ({ key }) => {
  if (key !== storageKey && key !== null) return
  const user = readStoredSession()?.user ?? null
  if (user?.id === state.user?.id) return
  access = null
  // Reload, so that nothing of the previous user stays in memory.
  if (user && state.user) location.reload()
  else setState({ user, endReason: user ? null : 'signed-out' })
})

scheduleRenewal()
window.addEventListener('pagehide', () => {
  if (access && state.user) sessionStorage.setItem(storageKey, JSON.stringify({ ...access, userId: state.user.id }))
})
