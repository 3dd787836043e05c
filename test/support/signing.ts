/** Envelopes in tests: drafts with a text, parties, and the mails of parties without an account. */
import { expect } from 'vitest'
import { type ApiResponse, type Person, sendRequest } from './client.ts'
import { waitUntil } from './wait-until.ts'

/** A PNG image of one pixel. */
export const tinyPng = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

export interface EnvelopeBody {
  id: string
  documentId: string
  state: string
  contentHash: string
  parties: { id: string; name: string; email: string; state: string; userId: string | null }[]
  [field: string]: unknown
}

/** Creates a draft with a text. @returns its id */
export async function createAgreement(person: Person, title = 'Founders agreement'): Promise<string> {
  const created = await person.request('POST', '/api/legal/documents', {
    title,
    templateId: 'mutual-nda',
    // no field is empty: nothing prevents sending
    variables: {
      date: '2026-11-30',
      'first-party': 'Lanternfish Ltd',
      'first-email': 'ann@example.org',
      venture: 'Lanternfish',
      'second-party': 'Ben',
      'second-email': 'ben@example.org',
      purpose: 'a joint product',
      years: '2',
      'governing-law': 'Ontario',
    },
  })
  expect(created.status, JSON.stringify(created.body)).toBe(201)
  return created.body.id
}

/** Prepares an envelope. @param settings its parties and settings */
export async function prepareEnvelope(person: Person, documentId: string, settings: object): Promise<EnvelopeBody> {
  const prepared = await person.request('POST', '/api/legal/envelopes', { documentId, ...settings })
  expect(prepared.status, JSON.stringify(prepared.body)).toBe(201)
  return prepared.body
}

/** Prepares and sends an envelope. */
export async function sendNewEnvelope(person: Person, documentId: string, settings: object): Promise<EnvelopeBody> {
  const { id } = await prepareEnvelope(person, documentId, settings)
  const sent = await person.request('POST', `/api/legal/envelopes/${id}/send`)
  expect(sent.status, JSON.stringify(sent.body)).toBe(200)
  return sent.body
}

/** What a signature consists of. */
export const createSignature = ({ contentHash }: EnvelopeBody, text = 'Name') => ({
  expectedHash: contentHash,
  consentVersion: '2026-11',
  mark: { kind: 'typed', text },
})

/** Reads the mails to an address from the outbox, the newest first. */
export async function readMails(admin: Person, email: string): Promise<{ subject: string; text: string }[]> {
  const { items } = (await admin.request('GET', '/api/outbox?limit=100')).body as { items: { id: string; to: string }[] }
  const own = items.filter(({ to }) => to === email)
  return Promise.all(own.map(async ({ id }) => (await admin.request('GET', `/api/outbox/${id}`)).body))
}

/** Waits for a mail to an address whose subject has some words. */
export async function waitForMail(admin: Person, email: string, words: string): Promise<{ subject: string; text: string }> {
  return waitUntil(async () => (await readMails(admin, email)).find(({ subject }) => subject.includes(words)), `the mail “${words}”`)
}

/** The token of the link in a mail. */
export const readLinkToken = ({ text }: { text: string }): string => /\/sign#([\w-]+)/.exec(text)?.[1] as string

/** Somebody who opened a link. */
export interface LinkHolder {
  request(method: string, path: string, body?: unknown): Promise<ApiResponse>
}

/** Opens a link by the code that is mailed. */
export async function openSigningLink(url: string, admin: Person, email: string, token: string): Promise<LinkHolder> {
  const readCodes = async () =>
    (await readMails(admin, email)).flatMap(({ subject }) => (subject.endsWith('is your code') ? [subject.slice(0, 6)] : []))
  const before = (await readCodes()).length
  const asked = await sendRequest(url, 'POST', '/api/legal/signing-links/code', { token })
  expect(asked.status, JSON.stringify(asked.body)).toBe(201)
  const [code] = await waitUntil(async () => {
    const codes = await readCodes()
    return codes.length > before ? codes : undefined
  }, 'the code')
  const opened = await sendRequest(url, 'POST', '/api/legal/signing-links/open', { token, code })
  expect(opened.status, JSON.stringify(opened.body)).toBe(200)
  return {
    request: (method, path, body) => sendRequest(url, method, path, body, { authorization: `Bearer ${opened.body.accessToken}` }),
  }
}
