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

/** Appends many acts in one command. */
export async function appendActs(node: Node, count: number): Promise<void> {
  const acts = command(`test.act${commandCount++}`, {
    input: {},
    authorize: () => {},
    async execute(work) {
      for (let place = 0; place < count; place++) await appendAudit(work, { action: 'test.done', subject: 'legal:1', data: { place } })
    },
  })
  await node.domain.run(system, acts, {})
}

const chainTables = ['audit_row', 'audit_personal_data', 'audit_tree_head']

/** Runs statements on the chain with its rules switched off. @param statements separated by semicolons */
export async function tamper(node: Node, statements: string): Promise<void> {
  const run = (text: string) => sql.raw(text).execute(node.database.sql)
  for (const table of chainTables) await run(`alter table ${table} disable trigger all`)
  try {
    for (const statement of statements.split(';')) await run(statement)
  } finally {
    for (const table of chainTables) await run(`alter table ${table} enable trigger all`)
  }
}
