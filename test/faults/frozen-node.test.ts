import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { type Installation, installation, type Member } from '../support/cluster.ts'
import { randomFrom, seedOf } from '../support/random.ts'
import { breaches } from '../support/rows.ts'
import { installed } from '../support/servers.ts'
import { team } from '../support/collaborators.ts'
import { until } from '../support/until.ts'

/** Nightly: FROZEN_SECONDS=30. */
const seconds = Number(process.env.FROZEN_SECONDS ?? 3)
const people = 6
const possible = installed('a node that is frozen and wakes', 'postgresql', 'redis-server')
let all: Installation
afterAll(() => all?.stop())

test.skipIf(!possible)(
  `a node is frozen (SIGSTOP) for ${seconds} s and wakes: nothing is lost, and what was taken away meanwhile is in force`,
  {
    timeout: 120_000 + seconds * 2000,
  },
  async () => {
    const seed = seedOf('frozen node')
    all = await installation({ nodes: 2 })
    const [awake, frozen] = all.nodes as [Member, Member]
    const { owner, name, persons, present, journal, untilAllGoOn, untilAgreed } = await team(all, people, randomFrom(seed))
    await untilAllGoOn()
    const member = (place: number) => `/api/documents/${name}/members/${persons[place]?.id}`
    const ask = (place: number, method: string, body?: unknown) => {
      const headers = { authorization: `Bearer ${owner.token}`, ...(body !== undefined && { 'content-type': 'application/json' }) }
      return fetch(awake.url + member(place), { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) })
    }

    frozen.process.child.kill('SIGSTOP')
    const began = Date.now()
    // two who sit at the frozen node lose their pen, and type on
    const answers = await Promise.all([ask(1, 'PUT', { role: 'viewer' }), ask(3, 'DELETE')])
    const told: string[] = []
    for (const answer of answers) {
      const { enforcement } = (await answer.json()) as { enforcement: { nodes: number; confirmed: number } }
      told.push(`${enforcement.confirmed} of ${enforcement.nodes}`)
      // the one that is frozen has not confirmed, and the answer says so
      expect(enforcement.confirmed).toBeLessThan(enforcement.nodes)
    }
    const typed = (place: number) => new Map([[present[place]?.name as string, present[place]?.typed as number]])
    const revocations = [1, 3].map((place) => ({ actor: persons[place]?.id as string, typed: typed(place) }))
    for (const place of [1, 3]) for (let more = 0; more < 10; more++) present[place]?.edit()
    await untilAllGoOn({ but: [1, 3, 5] })
    await wait(Math.max(0, began + seconds * 1000 - Date.now()))
    frozen.process.child.kill('SIGCONT')

    await until(() => present[1]?.one.provider.authorizedScope === 'readonly', 'the viewer to lose the pen')
    await until(() => !present[3]?.one.provider.isSynced, 'the removed to be shut out')
    await untilAllGoOn({ but: [1, 3] })
    // what they sent while it was frozen stands in its sockets when it wakes; and from here on nothing enters either
    const from = await journal.head()
    const late = [1, 3].map((place) => ({ place, mark: present[place]?.typed as number }))
    for (const { place } of late) for (let more = 0; more < 10; more++) present[place]?.edit()
    await untilAllGoOn({ but: [1, 3] })
    await journal.look()
    const crossed = revocations.flatMap((one) =>
      breaches(journal.rows, { ...one, from: 0, to: from }).filter((text) => text.includes('typed after')),
    )
    expect(crossed).toEqual([])
    for (const one of revocations) expect(breaches(journal.rows, { ...one, from, to: journal.rows.length })).toEqual([])

    for (const place of [1, 3]) await ask(place, 'PUT', { role: 'editor' })
    present[3]?.one.provider.configuration.websocketProvider.webSocket?.close()
    const { acknowledged, replicas } = await untilAgreed()
    console.log(
      `a node frozen for ${seconds} s: changes of access confirmed by ${told.join(' and ')} nodes meanwhile, in force once it woke; ` +
        `${crossed.length} edits typed meanwhile by those concerned entered as it woke; ${acknowledged} acknowledged edits, lost 0, ` +
        `${replicas} replicas equal (SEED=${seed})`,
    )
    for (const { one } of present) one.close()
  },
)
