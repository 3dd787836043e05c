/** Team spaces: where a team writes, of a venture or on its own. */
import { z } from 'zod'
import { requireEditor, getActorRole } from '../access/permission.ts'
import { requireSignedIn } from '../kernel/permission.ts'
import { memberOperations } from '../access/member.ts'
import { listVisible, type WithRole, searchInput } from '../access/with-role.ts'
import { getVisible } from '../auth/session-scoped-read.ts'
import { createDocument, updateDocumentTitle } from '../documents/document.ts'
import { defineEntity, identity, newId, p } from '../kernel/entity.ts'
import { command, query } from '../kernel/operation.ts'
import type { Page } from '../kernel/pagination.ts'
import { ifMatch, assertVersion } from '../kernel/etag.ts'
import { requireVentureEditor } from '../ventures/venture.ts'
import { SpaceChanged, SpaceCreated } from './events.ts'
import { singleLine } from '../kernel/text/well-formed.ts'

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
/** A team's space, with a live document. */
export class Space extends SpaceSchema.class {}
SpaceSchema.setClass(Space)

const spaceSubject = ({ id }: { id: string }) => `space:${id}`
const Name = singleLine(100)

export const createSpace = command('spaces.createSpace', {
  input: { name: Name, ventureId: z.uuid().optional() },
  authorize: requireVentureEditor,
  async execute(work, { name, ventureId }): Promise<WithRole<Space>> {
    const space = work.em.create(Space, { id: newId(), name, ventureId: ventureId ?? null, version: 1 })
    work.em.persist(space)
    await createDocument(work, { kind: 'space', id: space.id, title: name, ventureId })
    const subject = spaceSubject(space)
    work.emit(SpaceCreated, { subject, audience: [subject], data: { spaceId: space.id, name } })
    return { entity: space, role: 'owner' }
  },
})

export const getSpace = query('spaces.getSpace', {
  input: { id: z.uuid() },
  authorize: requireSignedIn,
  verifiesSession: true,
  execute: (view, { id }): Promise<WithRole<Space>> => getVisible(view, Space, 'space', id),
})

/** The spaces that the actor can read, newest first. */
export const listSpaces = query('spaces.listSpaces', {
  input: searchInput,
  authorize: requireSignedIn,
  execute: (view, input): Promise<Page<WithRole<Space>>> => listVisible(view, Space, { kind: 'space', title: 'name' }, input),
})

export const updateSpace = command('spaces.updateSpace', {
  input: { id: z.uuid(), name: Name.optional(), ifMatch },
  authorize: requireEditor(spaceSubject),
  async execute(work, { id, name, ifMatch }): Promise<WithRole<Space>> {
    const space = await work.em.findOneOrFail(Space, id)
    assertVersion(space, ifMatch)
    if (name !== undefined) {
      space.name = name
      await updateDocumentTitle(work, id, name)
    }
    const subject = spaceSubject(space)
    work.emit(SpaceChanged, { subject, audience: [subject], data: { spaceId: id, name: space.name } })
    return { entity: space, role: await getActorRole(work, subject) }
  },
})

export const spaceMembers = memberOperations('spaces', { id: z.uuid() }, spaceSubject, (change) => change)
