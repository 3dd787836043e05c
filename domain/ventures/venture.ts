/** Ventures: companies or projects that a team founds. Each has a live plan; drafts and spaces may belong to it. */
import { z } from 'zod'
import { createSubject } from '../access/grant.ts'
import { memberOperations } from '../access/member.ts'
import { requireEditor, getActorRole } from '../access/permission.ts'
import { requireSignedIn, requireUserId } from '../kernel/permission.ts'
import { listVisible, type WithRole, searchInput } from '../access/with-role.ts'
import { getVisible } from '../auth/session-scoped-read.ts'
import { createDocument, updateDocumentTitle } from '../documents/document.ts'
import { defineEntity, identity, newId, p } from '../kernel/entity.ts'
import { runHook } from '../kernel/manifest/registry.ts'
import { command, type Permission, query, type QueryContext } from '../kernel/operation.ts'
import type { Page } from '../kernel/pagination.ts'
import { ifMatch, assertVersion } from '../kernel/etag.ts'
import { PersonActing } from '../users/events.ts'
import { VentureChanged, VentureCreated } from './events.ts'
import { singleLine } from '../kernel/text/well-formed.ts'

const VentureSchema = defineEntity({
  name: 'Venture',
  tableName: 'venture',
  properties: {
    ...identity(),
    name: p.string().length(100),
    purpose: p.string().length(500).nullable(),
    version: p.integer().version(),
  },
})
/** A venture. */
export class Venture extends VentureSchema.class {}
VentureSchema.setClass(Venture)

/** The venture of an id, if there is one. */
export const findVenture = (view: QueryContext, id: string): Promise<Venture | null> => view.em.findOne(Venture, id)

const ventureSubject = ({ id }: { id: string }) => `venture:${id}`

const Name = singleLine(100)
const Purpose = z.string().trim().max(500)

export const createVenture = command('ventures.createVenture', {
  input: { name: Name, purpose: Purpose.optional() },
  authorize: requireSignedIn,
  async execute(work, { name, purpose }): Promise<WithRole<Venture>> {
    await runHook(work, PersonActing, { userId: requireUserId(work), action: 'create-venture' })
    const venture = work.em.create(Venture, { id: newId(), name, purpose: purpose ?? null, version: 1 })
    work.em.persist(venture)
    const subject = ventureSubject(venture)
    await createSubject(work, subject, { owner: requireUserId(work) })
    await createDocument(work, { kind: 'plan', id: venture.id, title: name, ventureId: venture.id })
    work.emit(VentureCreated, { subject, audience: [subject], data: { ventureId: venture.id, name } })
    return { entity: venture, role: 'owner' }
  },
})

export const getVenture = query('ventures.getVenture', {
  input: { id: z.uuid() },
  authorize: requireSignedIn,
  verifiesSession: true,
  execute: (view, { id }): Promise<WithRole<Venture>> => getVisible(view, Venture, 'venture', id),
})

/** The ventures in which the actor has a role, newest first. */
export const listVentures = query('ventures.listVentures', {
  input: searchInput,
  authorize: requireSignedIn,
  execute: (view, input): Promise<Page<WithRole<Venture>>> => listVisible(view, Venture, { kind: 'venture', title: 'name' }, input),
})

export const updateVenture = command('ventures.updateVenture', {
  input: { id: z.uuid(), name: Name.optional(), purpose: Purpose.nullable().optional(), ifMatch },
  authorize: requireEditor(ventureSubject),
  async execute(work, { id, name, purpose, ifMatch }): Promise<WithRole<Venture>> {
    const venture = await work.em.findOneOrFail(Venture, id)
    assertVersion(venture, ifMatch)
    if (name !== undefined) {
      venture.name = name
      await updateDocumentTitle(work, id, name)
    }
    if (purpose !== undefined) venture.purpose = purpose
    const subject = ventureSubject(venture)
    work.emit(VentureChanged, { subject, audience: [subject], data: { ventureId: id, name: venture.name } })
    return { entity: venture, role: await getActorRole(work, subject) }
  },
})

/** A role on a venture applies to its plan, drafts and spaces, too, so a change affects everything that the person has open. */
export const ventureMembers = memberOperations('ventures', { id: z.uuid() }, ventureSubject, ({ userId }) => ({ userId }))

/** Requires the editor role on the venture; without a venture, anyone who is signed in. */
export const requireVentureEditor: Permission<{ ventureId?: string | undefined }> = (view, { ventureId }) =>
  ventureId ? requireEditor(ventureSubject)(view, { id: ventureId }) : requireSignedIn(view, undefined)
