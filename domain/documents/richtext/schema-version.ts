/** The schema version of a document, so that an older editor does not change what it does not know. Server and browser share this. */
import type { Doc } from 'yjs'
import { getRoot } from './raw-json.ts'
import { schemaVersion } from './schema.ts'

/** The name of the root map with data about a document, and its key for the version. */
export const metadataName = 'metadata'
const versionKey = 'schemaVersion'

/** The highest schema version that edited a document; 1 where none is recorded. Never throws. */
export function readSchemaVersion(document: Doc): number {
  const version = getRoot(() => document.getMap<unknown>(metadataName))?.get(versionKey)
  return typeof version === 'number' && Number.isInteger(version) && version > 0 ? version : 1
}

/** Whether a newer version than this one edited a document. This version must not edit it. */
export const hasNewerSchema = (document: Doc): boolean => readSchemaVersion(document) > schemaVersion

/** Records that this version edited a document. Writes nothing where it, or a higher one, is recorded. */
export function recordSchemaVersion(document: Doc): void {
  if (readSchemaVersion(document) < schemaVersion) document.getMap<unknown>(metadataName).set(versionKey, schemaVersion)
}

/** Whether the data about two states of a document is the same, or differs only in that this version, or an older one, was recorded. */
export function isOnlyVersionRecorded(before: Doc, after: Doc): boolean {
  const [old, now] = [before, after].map((document) => readMetadata(document))
  const isNewer = readSchemaVersion(after) >= readSchemaVersion(before) && readSchemaVersion(after) <= schemaVersion
  return isNewer && JSON.stringify({ ...old, [versionKey]: 0 }) === JSON.stringify({ ...now, [versionKey]: 0 })
}

const readMetadata = (document: Doc): Record<string, unknown> =>
  (getRoot(() => document.getMap<unknown>(metadataName))?.toJSON() ?? {}) as Record<string, unknown>
