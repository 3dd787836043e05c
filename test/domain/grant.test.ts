import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { readRoles } from '../../domain/access/grant.ts'
import type { QueryContext } from '../../domain/kernel/operation.ts'
import { registerPerson } from '../support/client.ts'
import { getEmptyNode } from '../support/node.ts'

test('roles on one or many subjects are read with a generic query plan', async () => {
  const node = await getEmptyNode()
  const ann = await registerPerson(node.url, 'Ann')
  const names: string[] = []
  for (const name of ['One', 'Two']) names.push(`space:${(await ann.request('POST', '/api/spaces', { name })).body.id}`)
  const view = { runPrepared: node.database.runPrepared } as QueryContext
  const genericPlans = {
    name: 'generic plans',
    text: `select coalesce(sum(generic_plans), 0)::int as plans from pg_prepared_statements where name = 'roles held'`,
  }
  let plans = 0
  // one of several connections responds, and each compares five custom plans before it uses a generic one
  for (let n = 0; n < 200 && plans === 0; n++) {
    const subjects = n % 2 === 0 ? [...names, `space:${randomUUID()}`] : [names[0] as string, 'no "subject" {at} all']
    expect(await readRoles(view, subjects, ann.id)).toEqual(
      new Map(subjects.filter((one) => names.includes(one)).map((one) => [one, 'owner'])),
    )
    const [row] = await node.database.runPrepared<{ plans: number }>(genericPlans, [])
    plans = row?.plans ?? 0
  }
  expect(plans).toBeGreaterThan(0)
})
