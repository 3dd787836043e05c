/** One thing as somebody sees it, with their session, their role and the thing itself looked at in one statement. */
import type { EntityClass, EntityMetadata } from '@mikro-orm/core'
import { highest, upwards } from '../access/grant.ts'
import { userOf } from '../access/permission.ts'
import type { Role } from '../access/role.ts'
import type { Seen } from '../access/seen.ts'
import { notFound } from '../kernel/errors.ts'
import type { View } from '../kernel/operation.ts'
import type { Prepared } from '../kernel/statement.ts'
import { liveSession, sessionEnded } from './session.ts'

interface Shape {
  statement: Prepared
  properties: { name: string; date: boolean }[]
}

const shapes = new Map<EntityClass<object>, Shape>()

/**
 * A thing on which the actor holds a role, as of now. The statement is the permission: an ended session, a person who is suspended and a
 * role that was taken away are seen by it, so a query that asks nothing else may say `confirms`.
 * @param kind what stands before the id in the subject's name
 * @throws DomainError unauthenticated when the session has ended; not-found when the thing is not there or not for them
 */
export async function showOne<T extends object>(view: View, entity: EntityClass<T>, kind: string, id: string): Promise<Seen<T>> {
  const userId = userOf(view)
  const { sessionId } = view.actor as { sessionId: string }
  let shape = shapes.get(entity)
  if (!shape) shapes.set(entity, (shape = shapeOf(view.em.getMetadata().get(entity), kind)))
  const rows = await view.read<{ role: Role | null } & Record<string, unknown>>(shape.statement, [sessionId, userId, `${kind}:${id}`, id])
  const row = rows[0]
  if (!row) throw sessionEnded()
  const role = highest(rows.flatMap((one) => one.role ?? []))
  if (!role || row.id === null) throw notFound()
  const thing: Record<string, unknown> = {}
  for (const { name, date } of shape.properties) thing[name] = date && row[name] !== null ? new Date(row[name] as string) : row[name]
  return { thing: thing as T, role }
}

function shapeOf(metadata: EntityMetadata, kind: string): Shape {
  const columns = metadata.props.map(({ name, fieldNames }) => `thing."${fieldNames[0]}" as "${name}"`)
  const text = `
    with recursive ${upwards('$3')}
    select g.role, ${columns.join(', ')}
    from ${liveSession('$1', '$2')}
    left join (up join access_grant g on g.subject = up.name and g.user_id = $2) on true
    left join "${metadata.tableName}" thing on thing.id = $4`
  return {
    statement: { name: `show ${kind}`, text },
    properties: metadata.props.map(({ name, runtimeType }) => ({ name, date: runtimeType === 'Date' })),
  }
}
