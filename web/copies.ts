import type { DocumentRecord } from './contract.ts'

/*
 * What this browser keeps of documents: the text in IndexedDB, one database a person and document, and
 * beside it two small records in localStorage, which can be read at once and before any database opens.
 */

/** What was last known of a document, so that it opens without asking. */
export type CopyRecord = Pick<DocumentRecord, 'documentName' | 'kind' | 'title' | 'role' | 'frozenAt'>

const tab = Array.from(crypto.getRandomValues(new Uint8Array(6)), (byte) => byte.toString(36)).join('')

const recordPrefix = (userId: string) => `smartstart:copy:${userId}:`
const unsentPrefix = (userId: string, documentName = '') => `smartstart:unsent:${userId}:${documentName}`

/** The IndexedDB database that holds a person's copy of a document. */
export function databaseName(userId: string, documentName: string): string {
  return `smartstart:${userId}:${documentName}`
}

function keysFrom(prefix: string): string[] {
  return Array.from({ length: localStorage.length }, (_, index) => localStorage.key(index) ?? '').filter((key) => key.startsWith(prefix))
}

/** What is remembered of a document. */
export function recall(userId: string, documentName: string): CopyRecord | null {
  try {
    return JSON.parse(localStorage.getItem(recordPrefix(userId) + documentName) ?? 'null') as CopyRecord | null
  } catch {
    return null
  }
}

/** Remembers what the server said of a document that is open here. */
export function remember(userId: string, { documentName, kind, title, role, frozenAt }: CopyRecord): void {
  const record: CopyRecord = { documentName, kind, title, role, frozenAt }
  localStorage.setItem(recordPrefix(userId) + documentName, JSON.stringify(record))
}

/** Every document of which this browser keeps a copy for this person. */
export function copiesOf(userId: string): CopyRecord[] {
  const names = keysFrom(recordPrefix(userId)).map((key) => key.slice(recordPrefix(userId).length))
  return names.map((name) => recall(userId, name)).filter((record) => record !== null)
}

/**
 * Notes that a copy holds what the server has not acknowledged. Each tab has its own note: a tab whose
 * edits have arrived must not speak for one whose edits have not.
 */
export function noteUnsent(userId: string, documentName: string): void {
  const key = `${unsentPrefix(userId, documentName)}:${tab}`
  if (localStorage.getItem(key) === null) localStorage.setItem(key, new Date().toISOString())
}

/** The notes that stand for a document now; whoever loads its copy afterwards answers for them. */
export function unsentNotes(userId: string, documentName: string): string[] {
  return [...new Set([...keysFrom(unsentPrefix(userId, `${documentName}:`)), `${unsentPrefix(userId, documentName)}:${tab}`])]
}

/** Takes back notes, after the server has acknowledged all that their copies held. */
export function clearNotes(notes: string[]): void {
  for (const note of notes) localStorage.removeItem(note)
}

/** Names of the documents with changes that only this browser has. */
export function unsentDocuments(userId: string): string[] {
  const prefix = unsentPrefix(userId)
  return [...new Set(keysFrom(prefix).map((key) => key.slice(prefix.length, key.lastIndexOf(':'))))]
}

function deleteDatabase(name: string): Promise<void> {
  return new Promise((resolve) => {
    const request = indexedDB.deleteDatabase(name)
    // A tab that still holds it open lets go by itself; the deletion is queued and needs no waiting for.
    request.onsuccess = request.onerror = request.onblocked = () => resolve()
  })
}

/** Deletes one copy, with all that is remembered of it. */
export async function deleteCopy(userId: string, documentName: string): Promise<void> {
  localStorage.removeItem(recordPrefix(userId) + documentName)
  clearNotes(unsentNotes(userId, documentName))
  await deleteDatabase(databaseName(userId, documentName)).catch(() => {})
}

/** Deletes a person's copies; those with changes that never arrived stay when `keepUnsent` says so. */
export async function deleteCopies(userId: string, { keepUnsent }: { keepUnsent: boolean }): Promise<void> {
  const prefix = databaseName(userId, '')
  const databases = (await indexedDB.databases?.().catch(() => [])) ?? []
  const inDatabase = databases.map(({ name }) => name ?? '').filter((name) => name.startsWith(prefix))
  const names = new Set([...inDatabase.map((name) => name.slice(prefix.length)), ...copiesOf(userId).map((copy) => copy.documentName)])
  const unsent = keepUnsent ? unsentDocuments(userId) : []
  await Promise.all([...names].filter((name) => !unsent.includes(name)).map((name) => deleteCopy(userId, name)))
}
