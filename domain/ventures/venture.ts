/** Ventures: what a team founds. Each has a live plan, and drafts and spaces may lie in it. */
import { z } from 'zod'
import { createSubject } from '../access/grant.ts'
import { memberOperations } from '../access/member.ts'
import { edit, roleOfActor, signedIn, userOf } from '../access/permission.ts'
import { listSeen, type Seen, searching } from '../access/seen.ts'
import { showOne } from '../auth/shown.ts'
import { createDocument, retitleDocument } from '../documents/document.ts'
import { defineEntity, identity, newId, p } from '../kernel/entity.ts'
import { command, type Permission, query } from '../kernel/operation.ts'
import type { Page } from '../kernel/page.ts'
import { createGeneral } from '../messaging/channel.ts'
import { ifMatch, refuseStale } from '../kernel/version.ts'
import { VentureChanged, VentureCreated } from './events.ts'

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
/** Something being founded. */
export class Venture extends VentureSchema.class {}
VentureSchema.setClass(Venture)

const ventureSubject = ({ id }: { id: string }) => `venture:${id}`

// Limits: facts 1.4, "name <= 100, purpose <= 500"
const Name = z.string().trim().min(1).max(100)
const Purpose = z.string().trim().max(500)

export const createVenture = command('ventures.createVenture', {
  input: { name: Name, purpose: Purpose.optional() },
  may: signedIn,
  async does(work, { name, purpose }): Promise<Seen<Venture>> {
    const venture = work.em.create(Venture, { id: newId(), name, purpose: purpose ?? null, version: 1 })
    work.em.persist(venture)
    const subject = ventureSubject(venture)
    createSubject(work, subject, { owner: userOf(work) })
    createDocument(work, { kind: 'plan', id: venture.id, title: name, ventureId: venture.id })
    createGeneral(work, subject)
    work.emit(VentureCreated, { subject, audience: [subject], data: { ventureId: venture.id, name } })
    return { thing: venture, role: 'owner' }
  },
})

export const getVenture = query('ventures.getVenture', {
  input: { id: z.uuid() },
  may: signedIn,
  confirms: true,
  does: (view, { id }): Promise<Seen<Venture>> => showOne(view, Venture, 'venture', id),
})

/** The ventures in which one holds a role, newest first. */
export const listVentures = query('ventures.listVentures', {
  input: searching,
  may: signedIn,
  does: (view, input): Promise<Page<Seen<Venture>>> => listSeen(view, Venture, { kind: 'venture', title: 'name' }, input),
})

export const updateVenture = command('ventures.updateVenture', {
  input: { id: z.uuid(), name: Name.optional(), purpose: Purpose.nullable().optional(), ifMatch },
  may: edit(ventureSubject),
  async does(work, { id, name, purpose, ifMatch }): Promise<Seen<Venture>> {
    const venture = await work.em.findOneOrFail(Venture, id)
    refuseStale(venture, ifMatch)
    if (name !== undefined) {
      venture.name = name
      await retitleDocument(work, id, name)
    }
    if (purpose !== undefined) venture.purpose = purpose
    const subject = ventureSubject(venture)
    work.emit(VentureChanged, { subject, audience: [subject], data: { ventureId: id, name: venture.name } })
    return { thing: venture, role: await roleOfActor(work, subject) }
  },
})

/** A role on a venture holds in its plan, drafts and spaces too, so a change reaches all that the person has open. */
export const ventureMembers = memberOperations('ventures', { id: z.uuid() }, ventureSubject, ({ userId }) => ({ userId }))

/** Who may put something into a venture: its editors. Into none: anybody who is signed in. */
export const intoVenture: Permission<{ ventureId?: string | undefined }> = (view, { ventureId }) =>
  ventureId ? edit(ventureSubject)(view, { id: ventureId }) : signedIn(view, undefined)
