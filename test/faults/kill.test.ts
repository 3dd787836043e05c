import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { type Installation, installation, type Member } from '../support/cluster.ts'
import { randomFrom, seedOf } from '../support/random.ts'
import { installed } from '../support/servers.ts'
import { team } from '../support/collaborators.ts'
import { acknowledgedKeys, missingKeys } from '../support/typing-client.ts'

/** Nightly: KILL_ROUNDS=100. */
const rounds = Number(process.env.KILL_ROUNDS ?? 10)
/** Kills before a new draft is begun: a document that is typed in without end is another test. */
const leg = 10
const people = 8
const possible = installed('kill -9 of nodes under typing clients', 'postgresql', 'redis-server')
let all: Installation
afterAll(() => all?.stop())

test.skipIf(!possible)(
  `no acknowledged edit is lost over ${rounds} kills of 2 nodes under ${people} typing clients`,
  {
    timeout: 60_000 + rounds * 20_000,
  },
  async () => {
    const seed = seedOf('kill')
    const random = randomFrom(seed)
    all = await installation({ nodes: 2 })
    let acknowledged = 0
    let replicas = 0
    for (let done = 0; done < rounds; done += leg) {
      const agreed = await killed(all, Math.min(leg, rounds - done), random)
      acknowledged += agreed.acknowledged
      replicas = agreed.replicas
    }
    console.log(
      `kill -9: ${rounds} kills, 2 nodes, ${people} clients: ${acknowledged} acknowledged edits, lost 0, ${replicas} replicas equal (SEED=${seed})`,
    )
  },
)

/** Kills nodes so many times while a new draft is typed in. Answers how many edits were acknowledged, and how many replicas agree. */
async function killed(on: Installation, times: number, random: () => number) {
  const { nodes } = on
  const { everybody, present, journal, sit, untilAllGoOn, untilAgreed } = await team(on, people, random)
  for (let round = 0; round < times; round++) {
    await untilAllGoOn()
    await wait(random() * 300)
    const victim = Math.floor(random() * nodes.length)
    const node = nodes[victim] as Member
    await node.end('SIGKILL')
    // half of the tabs die with their node, so that nobody brings again what they were promised; the other half live on
    const dying = present.map((_, place) => place).filter((place) => place % nodes.length === victim && place % 4 < 2)
    await Promise.all(dying.map(async (place) => present[place]?.leave()))
    const promised = acknowledgedKeys(everybody)
    // the database itself is asked, before anybody can come back: what was promised is there
    await journal.look()
    expect(missingKeys(promised, journal.document)).toEqual([])
    await node.start()
    for (const place of dying) sit(place)
  }
  const agreed = await untilAgreed()
  for (const { one } of present) one.close()
  return agreed
}
