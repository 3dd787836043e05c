/** `npm run doctor` checks the audit log, also against the tree heads that the data directory kept. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkAuditLog } from '../../bin/audit-check.ts'
import { treeHeadFile } from '../../domain/audit/tree-head-file.ts'
import { publishTreeHead, type TreeHead } from '../../domain/audit/tree-head.ts'
import { system } from '../../domain/kernel/actor.ts'
import { appendActs, tamper } from '../support/audit-chain.ts'
import { createConfig, createEmptyDatabase, startNode } from '../support/node.ts'
import { waitUntil } from '../support/wait-until.ts'

test('the doctor confirms an unbroken log and names the first broken row', async () => {
  const { env, remove } = await createEmptyDatabase()
  const config = createConfig(env)
  const file = treeHeadFile(join(env.DATA_DIR as string, 'audit'))
  try {
    const node = await startNode(env)
    await appendActs(node, 5)
    const { size } = (await node.domain.run(system, publishTreeHead, {})).published as TreeHead
    expect(size).toBe(5)
    await waitUntil(() => existsSync(file) && readFileSync(file, 'utf8').endsWith('\n'), 'the saved tree head')
    await node.stop()
    expect(await checkAuditLog(config)).toBe('5 rows, unbroken, 2 saved tree heads confirmed')

    const again = await startNode(env)
    await tamper(again, `delete from audit_row where position > 3; delete from audit_tree_head`)
    await tamper(again, `update audit_head set position = 3, hash = (select hash from audit_row where position = 3)`)
    await again.stop()
    await expect(checkAuditLog(config)).rejects.toThrow('row 4 is broken (cut-off)')
    writeFileSync(file, 'not a head\n')
    expect(await checkAuditLog(config)).toBe('3 rows, unbroken, 0 saved tree heads confirmed')
  } finally {
    await remove()
  }
})
