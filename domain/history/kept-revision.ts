/** Revisions that stay exact: an edit session ends at each, so that it can be read and compared after its rows are compacted. */
import { defineHook } from '../kernel/manifest/hook.ts'
import { getRegistered } from '../kernel/manifest/registry.ts'
import type { QueryContext } from '../kernel/operation.ts'

/** Slices register which revisions of a document they refer to. */
export const KeptRevisions = defineHook<(view: QueryContext, documentId: string) => Promise<readonly number[]>>('history.kept-revisions')

/** The revisions of a document that other slices refer to. */
export async function readKeptRevisions(view: QueryContext, documentId: string): Promise<number[]> {
  const lists = await Promise.all(getRegistered(KeptRevisions).map((read) => read(view, documentId)))
  return lists.flat()
}
