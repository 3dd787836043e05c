/** The history of a machine: a row for each transition. */
import { authorIdOf } from '../kernel/actor.ts'
import { notFound } from '../kernel/errors.ts'
import { query } from '../kernel/operation.ts'
import { type Page, paginate, paging, parseCursor } from '../kernel/pagination.ts'
import { readNames } from '../users/display-name.ts'
import { getDefinition, requireMachineReader } from './machine-access.ts'
import { machineKey } from './machine-key.ts'
import { hasMachine } from './machine.ts'

/** A transition as the history shows it. */
export interface Transition {
  id: string
  version: number
  event: string
  /** Null where the machine started. */
  from: string | null
  to: string
  reason: string | null
  data: Record<string, unknown> | null
  actor: { kind: string; id: string | null; name: string | null; onBehalfOf: string | null }
  at: Date
}

/** The transitions of a machine, newest first. */
export const listTransitionHistory = query('workflows.listTransitionHistory', {
  input: { ...machineKey, ...paging },
  authorize: requireMachineReader,
  async execute(view, { type, id, limit, cursor }): Promise<Page<Transition>> {
    if (!(await hasMachine(view, getDefinition(type), id))) throw notFound()
    const after = parseCursor(cursor)
    let rows = view.db
      .selectFrom('state_machine_transition')
      .selectAll()
      .where('type', '=', type)
      .where('machine_id', '=', id)
      .orderBy('version', 'desc')
      .limit(limit + 1)
    if (after)
      rows = rows.where('version', '<', (there) =>
        there.selectFrom('state_machine_transition').select('version').where('id', '=', after.id),
      )
    const found = await rows.execute()
    const nameOf = await readNames(
      view,
      found.flatMap(({ actor, actor_kind }) => (actor_kind === 'person' ? authorIdOf(actor) : [])),
    )
    const present = (row: (typeof found)[number]): Transition => ({
      id: row.id,
      version: row.version,
      event: row.event,
      from: row.from_state,
      to: row.to_state,
      reason: row.reason,
      data: row.data as Record<string, unknown> | null,
      actor: {
        kind: row.actor_kind,
        id: row.actor,
        name: row.actor_kind === 'person' ? nameOf(row.actor) : null,
        onBehalfOf: row.on_behalf_of,
      },
      at: new Date(row.at),
    })
    return paginate(found, limit, (row) => ({ at: new Date(row.at).toISOString(), id: row.id }), present)
  },
})
