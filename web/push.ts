import { ask, withQuery } from './client.ts'

/**
 * How it stands with push in this browser: `impossible` where the browser has none (or the page came over plain http), `blocked` where the
 * person refused it in the browser, whose settings alone take that back.
 */
export type PushState = 'impossible' | 'blocked' | 'off' | 'on'

const worker = '/sw.js'

const possible = (): boolean => 'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window

async function subscription(): Promise<PushSubscription | null> {
  const registration = await navigator.serviceWorker.getRegistration(worker)
  return (await registration?.pushManager.getSubscription()) ?? null
}

/** Asks nobody anything. */
export async function pushState(): Promise<PushState> {
  if (!possible()) return 'impossible'
  if (Notification.permission === 'denied') return 'blocked'
  return Notification.permission === 'granted' && (await subscription()) ? 'on' : 'off'
}

/**
 * Turns push on in this browser: call it when the person presses for it, as browsers ask for leave only then.
 * @returns how it stands afterwards: `blocked` or `off` where they refused
 * @throws Problem when the server could not be told; then nothing stays behind
 */
export async function turnOnPush(): Promise<PushState> {
  if (!possible()) return 'impossible'
  const leave = await Notification.requestPermission()
  if (leave !== 'granted') return leave === 'denied' ? 'blocked' : 'off'
  const { publicKey } = await ask<{ publicKey: string }>('GET', '/api/push/key')
  await navigator.serviceWorker.register(worker)
  const { pushManager } = await navigator.serviceWorker.ready
  const key = bytesOf(publicKey)
  let made = await pushManager.getSubscription()
  // one that was made for another installation's key hears nothing of this one
  if (made && !sameBytes(made.options.applicationServerKey, key)) {
    await made.unsubscribe()
    made = null
  }
  made ??= await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key })
  try {
    await ask('POST', '/api/push/subscriptions', { body: made.toJSON() })
  } catch (error) {
    await made.unsubscribe().catch(() => {})
    throw error
  }
  return 'on'
}

/** Turns push off in this browser. The server forgets it by itself where it cannot be told now: what it sends is refused from then on. */
export async function turnOffPush(): Promise<PushState> {
  if (!possible()) return 'impossible'
  const made = await subscription()
  if (made) {
    const { endpoint } = made
    await made.unsubscribe()
    await ask('DELETE', withQuery('/api/push/subscriptions', { endpoint })).catch(() => {})
  }
  return pushState()
}

function bytesOf(base64url: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64url.replace(/-/g, '+').replace(/_/g, '/'))
  return Uint8Array.from(text, (sign) => sign.charCodeAt(0))
}

function sameBytes(one: ArrayBuffer | null, other: Uint8Array): boolean {
  const bytes = one && new Uint8Array(one)
  return bytes !== null && bytes.length === other.length && bytes.every((byte, place) => byte === other[place])
}
