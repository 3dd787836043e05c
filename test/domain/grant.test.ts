import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { readRoles } from '../../domain/access/grant.ts'
import type { QueryContext } from '../../domain/kernel/operation.ts'
import { registerPerson } from '../support/client.ts'
import { getEmptyNode } from '../support/node.ts'

test('roles on some subjects are found by a plan that is kept, one or many', async () => {
  const node = await getEmptyNode()
  const ann = await registerPerson(node.url, 'Ann')
  const names: string[] = []
  for (const name of ['One', 'Two']) names.push(`space:${(await ann.request('POST', '/api/spaces', { name })).body.id}`)
  const view = { runPrepared: node.database.runPrepared } as QueryContext
  const kept = {
    name: 'plans kept',
    text: `select coalesce(sum(generic_plans), 0)::int as plans from pg_prepared_statements where name = 'roles held'`,
  }
  let plans = 0
  // a connection of several answers, and each looks at five plans before it keeps one
  for (let n = 0; n < 200 && plans === 0; n++) {
    const asked = n % 2 === 0 ? [...names, `space:${randomUUID()}`] : [names[0] as string, 'no "subject" {at} all']
    expect(await readRoles(view, asked, ann.id)).toEqual(new Map(asked.filter((one) => names.includes(one)).map((one) => [one, 'owner'])))
    const [row] = await node.database.runPrepared<{ plans: number }>(kept, [])
    plans = row?.plans ?? 0
  }
  expect(plans).toBeGreaterThan(0)
})
