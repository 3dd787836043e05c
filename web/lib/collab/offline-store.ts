import type { DocumentRecord } from '../api-types.ts'

/*
 * What this browser stores of documents: the content in IndexedDB, one database for each user and document, and two small records in
 * localStorage, which are readable before a database opens.
 */

/** The last known record of a document, so that it opens offline. */
export type StoredDocument = Pick<DocumentRecord, 'documentName' | 'kind' | 'title' | 'role' | 'frozenAt'>

const tabId = Array.from(crypto.getRandomValues(new Uint8Array(6)), (byte) => byte.toString(36)).join('')

const recordPrefix = (userId: string) => `smartstart:copy:${userId}:`
const unsentPrefix = (userId: string, documentName = '') => `smartstart:unsent:${userId}:${documentName}`

/** The IndexedDB database of a user's document. */
export function databaseName(userId: string, documentName: string): string {
  return `smartstart:${userId}:${documentName}`
}

function listKeys(prefix: string): string[] {
  return Array.from({ length: localStorage.length }, (_, index) => localStorage.key(index) ?? '').filter((key) => key.startsWith(prefix))
}

/** Returns the stored record of a document. */
export function readStoredDocument(userId: string, documentName: string): StoredDocument | null {
  try {
    return JSON.parse(localStorage.getItem(recordPrefix(userId) + documentName) ?? 'null') as StoredDocument | null
  } catch {
    return null
  }
}

/** Stores the server's record of an open document. */
export function storeDocument(userId: string, { documentName, kind, title, role, frozenAt }: StoredDocument): void {
  const record: StoredDocument = { documentName, kind, title, role, frozenAt }
  localStorage.setItem(recordPrefix(userId) + documentName, JSON.stringify(record))
}

/** All documents that this browser stores for a user. */
export function listStoredDocuments(userId: string): StoredDocument[] {
  const names = listKeys(recordPrefix(userId)).map((key) => key.slice(recordPrefix(userId).length))
  return names.map((name) => readStoredDocument(userId, name)).filter((record) => record !== null)
}

/**
 * Marks a document as having edits that the server has not acknowledged. Each tab has its own mark, because one tab's acknowledgement says
 * nothing about another tab's edits.
 */
export function markUnsent(userId: string, documentName: string): void {
  const key = `${unsentPrefix(userId, documentName)}:${tabId}`
  if (localStorage.getItem(key) === null) localStorage.setItem(key, new Date().toISOString())
}

/** The marks of a document now. A tab that loads the stored document also sends the edits of the other marks. */
export function listUnsentMarks(userId: string, documentName: string): string[] {
  return [...new Set([...listKeys(unsentPrefix(userId, `${documentName}:`)), `${unsentPrefix(userId, documentName)}:${tabId}`])]
}

/** Removes marks, after the server has acknowledged all their edits. */
export function clearUnsentMarks(marks: string[]): void {
  for (const mark of marks) localStorage.removeItem(mark)
}

/** Names of the documents with edits that only this browser has. */
export function listUnsentDocuments(userId: string): string[] {
  const prefix = unsentPrefix(userId)
  return [...new Set(listKeys(prefix).map((key) => key.slice(prefix.length, key.lastIndexOf(':'))))]
}

function deleteDatabase(name: string): Promise<void> {
  return new Promise((resolve) => {
    const request = indexedDB.deleteDatabase(name)
    // A tab that has the database open will close it; the deletion is queued until then.
    request.onsuccess = request.onerror = request.onblocked = () => resolve()
  })
}

/** Deletes a stored document with its records. */
export async function deleteStoredDocument(userId: string, documentName: string): Promise<void> {
  localStorage.removeItem(recordPrefix(userId) + documentName)
  clearUnsentMarks(listUnsentMarks(userId, documentName))
  await deleteDatabase(databaseName(userId, documentName)).catch(() => {})
}

/** Deletes a user's stored documents; with `keepUnsent`, except those with unsent edits. */
export async function deleteStoredDocuments(userId: string, { keepUnsent }: { keepUnsent: boolean }): Promise<void> {
  const prefix = databaseName(userId, '')
  const allDatabases = (await indexedDB.databases?.().catch(() => [])) ?? []
  const databaseDocuments = allDatabases.map(({ name }) => name ?? '').filter((name) => name.startsWith(prefix))
  const names = new Set([
    ...databaseDocuments.map((name) => name.slice(prefix.length)),
    ...listStoredDocuments(userId).map((stored) => stored.documentName),
  ])
  const unsentNames = keepUnsent ? listUnsentDocuments(userId) : []
  await Promise.all([...names].filter((name) => !unsentNames.includes(name)).map((name) => deleteStoredDocument(userId, name)))
}
