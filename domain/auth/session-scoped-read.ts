/** Reads one entity and checks the session and the role in the same statement. */
import type { EntityClass, EntityMetadata } from '@mikro-orm/core'
import { inheritedGrants, ancestorsSql } from '../access/ancestry.ts'
import { highestRole } from '../access/grant.ts'
import { requireSessionId, requireUserId } from '../kernel/permission.ts'
import type { Role } from '../access/role.ts'
import type { WithRole } from '../access/with-role.ts'
import { notFound } from '../kernel/errors.ts'
import type { QueryContext } from '../kernel/operation.ts'
import type { PreparedStatement } from '../kernel/db/prepared-statement.ts'
import { activeSessionSql, sessionEndedError } from './session.ts'

interface EntityStatement {
  prepared: PreparedStatement
  properties: { name: string; date: boolean }[]
}

const statements = new Map<EntityClass<object>, EntityStatement>()

/**
 * Reads an entity on which the actor has a role. The statement is the permission: it sees an ended session, a suspended person and a
 * revoked role. So a query that needs no other check may set `verifiesSession`.
 * @param kind the part before the id in the subject's name
 * @throws DomainError unauthenticated when the session has ended; not-found when the entity does not exist or the actor has no role on it
 */
export async function getVisible<T extends object>(
  view: QueryContext,
  entity: EntityClass<T>,
  kind: string,
  id: string,
): Promise<WithRole<T>> {
  const userId = requireUserId(view)
  let statement = statements.get(entity)
  if (!statement) statements.set(entity, (statement = createStatement(view.em.getMetadata().get(entity), kind)))
  const rows = await view.runPrepared<{ role: Role | null } & Record<string, unknown>>(statement.prepared, [
    requireSessionId(view),
    userId,
    `${kind}:${id}`,
    id,
  ])
  const row = rows[0]
  if (!row) throw sessionEndedError()
  const role = highestRole(rows.flatMap((one) => one.role ?? []))
  if (!role || row.id === null) throw notFound()
  const values: Record<string, unknown> = {}
  for (const { name, date } of statement.properties) values[name] = date && row[name] !== null ? new Date(row[name] as string) : row[name]
  return { entity: values as T, role }
}

function createStatement(metadata: EntityMetadata, kind: string): EntityStatement {
  const columns = metadata.props.map(({ name, fieldNames }) => `thing."${fieldNames[0]}" as "${name}"`)
  const text = `
    with recursive ${ancestorsSql('$3')}
    select g.role, ${columns.join(', ')}
    from ${activeSessionSql('$1', '$2')}
    left join (${inheritedGrants('$2')}) on true
    left join "${metadata.tableName}" thing on thing.id = $4`
  return {
    prepared: { name: `show ${kind}`, text },
    properties: metadata.props.map(({ name, runtimeType }) => ({ name, date: runtimeType === 'Date' })),
  }
}
