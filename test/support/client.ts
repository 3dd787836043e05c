/** Clients as external programs have them: REST over HTTP, and live documents over the unmodified Hocuspocus provider. */
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

/** A person with an account. */
export interface Person {
  id: string
  name: string
  email: string
  password: string
  token: string
  refreshToken: string
  /** Sends an authenticated request, for example `request('POST', '/api/ventures', { name })`. */
  request(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<ApiResponse>
}

/** The person as an actor of the domain, with a placeholder session. */
export const toPersonActor = ({ id }: Pick<Person, 'id'>): PersonActor => ({
  kind: 'person',
  id,
  credential: { kind: 'session', sessionId: id, expiresAt: Number.MAX_SAFE_INTEGER },
  admin: false,
})

/** Sends a request without an account. Text and bytes are sent as they are, other bodies as JSON. */
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

/** Creates a legal draft. @returns its document name */
export async function createDraft(person: Person, title = 'Agreement'): Promise<string> {
  const { body } = await person.request('POST', '/api/legal/documents', { title })
  return body.documentName
}

/** A document that is open in a provider. */
export interface OpenDocument {
  document: Y.Doc
  provider: HocuspocusProvider
  text: Y.Text
  /** The reason for which the server refused access; undefined while it has not. */
  refusalReason: () => string | undefined
  close: () => void
}

/** Connects a provider to a document, on a new socket. Does not wait until it is synced. */
export function connectDocument(url: string, documentName: string, token: string | (() => string), document = new Y.Doc()): OpenDocument {
  const websocketProvider = new HocuspocusProviderWebsocket({
    url: `${url.replace('http', 'ws')}/collab`,
    delay: 50,
    minDelay: 20,
    maxDelay: 500,
  })
  let refusalReason: string | undefined
  const provider = new HocuspocusProvider({
    websocketProvider,
    name: documentName,
    document,
    token,
    onAuthenticationFailed: ({ reason }) => {
      refusalReason = reason
    },
  })
  provider.attach()
  return {
    document,
    provider,
    text: document.getText('text'),
    refusalReason: () => refusalReason,
    close() {
      provider.destroy()
      websocketProvider.destroy()
    },
  }
}

/** Opens a document on a new socket and waits until it is synced and saved. */
export async function openDocument(
  url: string,
  documentName: string,
  token: string | (() => string),
  document?: Y.Doc,
): Promise<OpenDocument> {
  const replica = connectDocument(url, documentName, token, document)
  await waitUntil(() => isSaved(replica), `${documentName} to be synced`)
  return replica
}

/** Whether the document is synced and the server has acknowledged all edits. */
export const isSaved = ({ provider }: OpenDocument): boolean => provider.isSynced && !provider.hasUnsyncedChanges
