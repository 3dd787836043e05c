/** The audit chain in tests: appends acts, and changes the table as only somebody with the database can. */
import { sql } from 'kysely'
import { appendAudit, type AuditEntry, type AuditPlace } from '../../domain/audit/append.ts'
import { type Actor, system } from '../../domain/kernel/actor.ts'
import { command } from '../../domain/kernel/operation.ts'
import type { Node } from '../../main.ts'

let commandCount = 0

/** Appends an act in a command of its own. */
export function appendAct(node: Node, entry: Partial<AuditEntry> = {}, actor: Actor = system): Promise<AuditPlace> {
  const act = command(`test.act${commandCount++}`, {
    input: {},
    authorize: () => {},
    execute: (work) => appendAudit(work, { action: 'test.done', subject: 'legal:1', data: {}, ...entry }),
  })
  return node.domain.run(actor, act, {})
}

/** Runs a statement on the chain with its rules switched off. */
export async function tamper(node: Node, statement: string): Promise<void> {
  const run = (text: string) => sql.raw(text).execute(node.database.sql)
  await run('alter table audit_row disable trigger all')
  await run('alter table audit_tree_head disable trigger all')
  try {
    await run(statement)
  } finally {
    await run('alter table audit_row enable trigger all')
    await run('alter table audit_tree_head enable trigger all')
  }
}
