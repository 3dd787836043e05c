/** Going on with a document that was sent: a new draft with the text of one of its revisions. The original stays as it is. */
import * as Y from 'yjs'
import { z } from 'zod'
import { grantRole, readMembers, readRole } from '../access/grant.ts'
import { requireEditor } from '../access/permission.ts'
import { isAtLeast } from '../access/role.ts'
import type { WithRole } from '../access/with-role.ts'
import { appendAudit } from '../audit/append.ts'
import { findDocument } from '../documents/document.ts'
import { createFindAuthor, readAttribution } from '../documents/journal/attribution.ts'
import { resolveRevision, RowNumber } from '../history/revision.ts'
import { buildDocumentAt } from '../history/state-at.ts'
import { command, type CommandContext, type QueryContext } from '../kernel/operation.ts'
import { requireUserId } from '../kernel/permission.ts'
import { singleLine } from '../kernel/text/well-formed.ts'
import { applyDecisions } from '../suggestions/apply.ts'
import { insertDraft } from './draft.ts'
import { type Draft, draftSubject, findDraft } from './draft-entity.ts'

/** The text with which the new draft begins. */
interface StartingText {
  update: Uint8Array
  at: number
}

/** Makes a new draft from a revision of another one, with its members. Comments and suggestions stay with the original. */
export const continueDraft = command('legal.continueDraft', {
  input: {
    id: z.uuid(),
    at: RowNumber.optional().describe('a journal row; absent: the newest'),
    title: singleLine(200).optional().describe('absent: that of the original'),
  },
  authorize: requireEditor(draftSubject),
  async prepare(view, { id, at }): Promise<StartingText> {
    const document = await findDocument(view, draftSubject({ id }))
    return readStartingText(view, id, await resolveRevision(view, document, at ?? document.head))
  },
  async execute(work, { id, title }, { update, at }): Promise<WithRole<Draft>> {
    const original = await findDraft(work, id)
    const owner = requireUserId(work)
    const draft = await insertDraft(work, {
      title: title ?? original.title,
      kind: original.kind,
      ventureId: await findSharedVenture(work, original, owner),
      update,
      basedOn: { id, at },
    })
    await copyMembers(work, id, draft.id, owner)
    const subject = draftSubject(draft)
    await appendAudit(work, {
      action: 'document.continued',
      subject: draftSubject({ id }),
      data: { documentId: id, seq: at, draftId: draft.id },
    })
    return { entity: draft, role: (await readRole(work, subject, owner)) ?? 'owner' }
  },
})

/** The text of a revision as if all suggestions in it were rejected. */
async function readStartingText(view: QueryContext, id: string, row: number): Promise<StartingText> {
  const { document, at } = await buildDocumentAt(view, id, row)
  const { parseSuggestions } = await import('../documents/richtext/suggestion-marks.ts')
  const { suggestions, parts } = parseSuggestions(document, createFindAuthor(await readAttribution(view, id)), new Set())
  applyDecisions(
    document,
    [...suggestions.values()].flatMap(({ id: suggestion, mark }) => {
      const found = parts.get(suggestion)
      return found ? [{ mark, state: 'rejected' as const, parts: found }] : []
    }),
  )
  return { update: Y.encodeStateAsUpdate(document), at }
}

/** The venture of the original, where the actor may put a draft into it. */
async function findSharedVenture(work: CommandContext, { ventureId }: Draft, userId: string): Promise<string | undefined> {
  if (!ventureId) return undefined
  const role = await readRole(work, `venture:${ventureId}`, userId)
  return role && isAtLeast(role, 'editor') ? ventureId : undefined
}

/** Gives the members of a draft the same roles on another one. Those through its venture come with the venture. */
async function copyMembers(work: CommandContext, from: string, to: string, owner: string): Promise<void> {
  await work.em.flush()
  for (const { userId, role, inherited } of await readMembers(work, draftSubject({ id: from })))
    if (!inherited && userId !== owner) await grantRole(work, draftSubject({ id: to }), userId, role)
}
