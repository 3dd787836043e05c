/** What outside programs use: REST over HTTP, and live documents through the unmodified provider. */
import { randomUUID } from 'node:crypto'
import { HocuspocusProvider, HocuspocusProviderWebsocket } from '@hocuspocus/provider'
import * as Y from 'yjs'
import type { PersonActor } from '../../domain/kernel/actor.ts'
import { waitUntil } from './wait-until.ts'

export interface ApiResponse {
  status: number
  headers: Headers
  body: any
}

/** Somebody with an account. */
export interface Person {
  id: string
  name: string
  email: string
  password: string
  token: string
  refreshToken: string
  /** Asks the API: `ask('POST', '/api/ventures', { name })`. */
  request(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<ApiResponse>
}

/** A person as the domain knows them when they ask, with a session of no consequence. */
export const toPersonActor = ({ id }: Pick<Person, 'id'>): PersonActor => ({
  kind: 'person',
  id,
  credential: { kind: 'session', sessionId: id, expiresAt: Number.MAX_SAFE_INTEGER },
  admin: false,
})

/** Asks without an account. A text body is sent as it is. */
export async function sendRequest(
  url: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<ApiResponse> {
  const raw = typeof body === 'string' || body instanceof Uint8Array
  const response = await fetch(url + path, {
    method,
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: raw ? (body as BodyInit) : JSON.stringify(body) }),
  })
  const text = await response.text()
  const json = response.headers.get('content-type')?.includes('json')
  return { status: response.status, headers: response.headers, body: json && text ? JSON.parse(text) : text }
}

export async function registerPerson(url: string, name: string): Promise<Person> {
  const email = `${name.toLowerCase()}-${randomUUID()}@example.org`
  const password = `password of ${name}`
  const { status, body } = await sendRequest(url, 'POST', '/api/auth/register', { email, password, name })
  if (status !== 201) throw new Error(`${name} could not register: ${JSON.stringify(body)}`)
  return {
    id: body.user.id,
    name,
    email,
    password,
    token: body.accessToken,
    refreshToken: body.refreshToken,
    request: (method, path, sent, headers) =>
      sendRequest(url, method, path, sent, { authorization: `Bearer ${body.accessToken}`, ...headers }),
  }
}

/** A legal draft of a person's, by its document name. */
export async function createDraft(person: Person, title = 'Agreement'): Promise<string> {
  const { body } = await person.request('POST', '/api/legal/documents', { title })
  return body.documentName
}

/** A document that somebody has open. */
export interface OpenDocument {
  document: Y.Doc
  provider: HocuspocusProvider
  text: Y.Text
  /** The reason of a refusal, once there is one. */
  refusalReason: () => string | undefined
  close: () => void
}

/** Opens a document live, on a socket of its own. Waits for nothing. */
export function connectDocument(url: string, documentName: string, token: string | (() => string), document = new Y.Doc()): OpenDocument {
  const websocketProvider = new HocuspocusProviderWebsocket({
    url: `${url.replace('http', 'ws')}/collab`,
    delay: 50,
    minDelay: 20,
    maxDelay: 500,
  })
  let refused: string | undefined
  const provider = new HocuspocusProvider({
    websocketProvider,
    name: documentName,
    document,
    token,
    onAuthenticationFailed: ({ reason }) => {
      refused = reason
    },
  })
  provider.attach()
  return {
    document,
    provider,
    text: document.getText('text'),
    refusalReason: () => refused,
    close() {
      provider.destroy()
      websocketProvider.destroy()
    },
  }
}

/** Opens a document and waits until it is synced and all that it sent is acknowledged. */
export async function openDocument(
  url: string,
  documentName: string,
  token: string | (() => string),
  document?: Y.Doc,
): Promise<OpenDocument> {
  const one = connectDocument(url, documentName, token, document)
  await waitUntil(() => isSaved(one), `${documentName} to be synced`)
  return one
}

/** Whether everything that was typed is acknowledged. */
export const isSaved = ({ provider }: OpenDocument): boolean => provider.isSynced && !provider.hasUnsyncedChanges
