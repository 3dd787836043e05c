/** Team spaces: where a team writes, of a venture or of its own. */
import { z } from 'zod'
import { edit, roleOfActor, signedIn } from '../access/permission.ts'
import { memberOperations } from '../access/member.ts'
import { listSeen, type Seen, searching } from '../access/seen.ts'
import { showOne } from '../auth/shown.ts'
import { createDocument, retitleDocument } from '../documents/document.ts'
import { defineEntity, identity, newId, p } from '../kernel/entity.ts'
import { command, query } from '../kernel/operation.ts'
import { createGeneral } from '../messaging/channel.ts'
import type { Page } from '../kernel/page.ts'
import { ifMatch, refuseStale } from '../kernel/version.ts'
import { intoVenture } from '../ventures/venture.ts'
import { SpaceChanged, SpaceCreated } from './events.ts'

const SpaceSchema = defineEntity({
  name: 'Space',
  tableName: 'space',
  properties: {
    ...identity(),
    name: p.string().length(100),
    ventureId: p.uuid().nullable().index(),
    version: p.integer().version(),
  },
})
/** A place of a team, with a live document. */
export class Space extends SpaceSchema.class {}
SpaceSchema.setClass(Space)

const spaceSubject = ({ id }: { id: string }) => `space:${id}`
const Name = z.string().trim().min(1).max(100)

export const createSpace = command('spaces.createSpace', {
  input: { name: Name, ventureId: z.uuid().optional() },
  may: intoVenture,
  async does(work, { name, ventureId }): Promise<Seen<Space>> {
    const space = work.em.create(Space, { id: newId(), name, ventureId: ventureId ?? null, version: 1 })
    work.em.persist(space)
    createDocument(work, { kind: 'space', id: space.id, title: name, ventureId })
    const subject = spaceSubject(space)
    createGeneral(work, subject)
    work.emit(SpaceCreated, { subject, audience: [subject], data: { spaceId: space.id, name } })
    return { thing: space, role: 'owner' }
  },
})

export const getSpace = query('spaces.getSpace', {
  input: { id: z.uuid() },
  may: signedIn,
  confirms: true,
  does: (view, { id }): Promise<Seen<Space>> => showOne(view, Space, 'space', id),
})

/** The spaces that one may enter, newest first. */
export const listSpaces = query('spaces.listSpaces', {
  input: searching,
  may: signedIn,
  does: (view, input): Promise<Page<Seen<Space>>> => listSeen(view, Space, { kind: 'space', title: 'name' }, input),
})

export const updateSpace = command('spaces.updateSpace', {
  input: { id: z.uuid(), name: Name.optional(), ifMatch },
  may: edit(spaceSubject),
  async does(work, { id, name, ifMatch }): Promise<Seen<Space>> {
    const space = await work.em.findOneOrFail(Space, id)
    refuseStale(space, ifMatch)
    if (name !== undefined) {
      space.name = name
      await retitleDocument(work, id, name)
    }
    const subject = spaceSubject(space)
    work.emit(SpaceChanged, { subject, audience: [subject], data: { spaceId: id, name: space.name } })
    return { thing: space, role: await roleOfActor(work, subject) }
  },
})

export const spaceMembers = memberOperations('spaces', { id: z.uuid() }, spaceSubject, (change) => change)
