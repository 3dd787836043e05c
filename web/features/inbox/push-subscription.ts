import { request, withQuery } from '../../lib/api-client.ts'

/**
 * The state of push in this browser: `unsupported` without push in the browser or over plain HTTP, `blocked` if the user denied the
 * permission, which only the browser's settings can undo.
 */
export type PushState = 'unsupported' | 'blocked' | 'off' | 'on'

const serviceWorkerUrl = '/sw.js'

const isPushSupported = (): boolean => 'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window

async function findSubscription(): Promise<PushSubscription | null> {
  const registration = await navigator.serviceWorker.getRegistration(serviceWorkerUrl)
  return (await registration?.pushManager.getSubscription()) ?? null
}

/** Reads the state without asking for permission. */
export async function readPushState(): Promise<PushState> {
  if (!isPushSupported()) return 'unsupported'
  if (Notification.permission === 'denied') return 'blocked'
  return Notification.permission === 'granted' && (await findSubscription()) ? 'on' : 'off'
}

/**
 * Turns push on in this browser. Call it on a user action, because browsers ask for permission only then.
 * @returns the new state: `blocked` or `off` if the user refused
 * @throws Problem if the server could not be reached; the subscription is removed then
 */
export async function turnOnPush(): Promise<PushState> {
  if (!isPushSupported()) return 'unsupported'
  const permission = await Notification.requestPermission()
  if (permission !== 'granted') return permission === 'denied' ? 'blocked' : 'off'
  const { publicKey } = await request<{ publicKey: string }>('GET', '/api/push/key')
  await navigator.serviceWorker.register(serviceWorkerUrl)
  const { pushManager } = await navigator.serviceWorker.ready
  const applicationServerKey = decodeBase64Url(publicKey)
  let subscription = await pushManager.getSubscription()
  // A subscription for another installation's key does not work here.
  if (subscription && !isEqualBytes(subscription.options.applicationServerKey, applicationServerKey)) {
    await subscription.unsubscribe()
    subscription = null
  }
  subscription ??= await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey })
  try {
    await request('POST', '/api/push/subscriptions', { body: subscription.toJSON() })
  } catch (error) {
    await subscription.unsubscribe().catch(() => {})
    throw error
  }
  return 'on'
}

/** Turns push off in this browser. If the server cannot be reached, it removes the subscription after the next failed delivery. */
export async function turnOffPush(): Promise<PushState> {
  if (!isPushSupported()) return 'unsupported'
  const subscription = await findSubscription()
  if (subscription) {
    const { endpoint } = subscription
    await subscription.unsubscribe()
    await request('DELETE', withQuery('/api/push/subscriptions', { endpoint })).catch(() => {})
  }
  return readPushState()
}

function decodeBase64Url(base64url: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64url.replace(/-/g, '+').replace(/_/g, '/'))
  return Uint8Array.from(text, (character) => character.charCodeAt(0))
}

function isEqualBytes(first: ArrayBuffer | null, second: Uint8Array): boolean {
  const bytes = first && new Uint8Array(first)
  return bytes !== null && bytes.length === second.length && bytes.every((byte, index) => byte === second[index])
}
