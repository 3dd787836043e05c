import { afterEach, expect, test } from 'vitest'
import { opened } from '../support/client.ts'
import { type Installation, installation } from '../support/cluster.ts'
import type { Stop } from '../support/postgres-server.ts'
import { type Proxy, proxyTo, readyForQuery } from '../support/proxy.ts'
import { randomFrom, seedOf } from '../support/random.ts'
import { installed } from '../support/servers.ts'
import { team } from '../support/collaborators.ts'
import { acknowledgedKeys, missingKeys, createTypingClient } from '../support/typing-client.ts'
import { until } from '../support/until.ts'

const possible = installed('PostgreSQL stopped and started under typing clients', 'postgresql', 'redis-server')
const outages = Number(process.env.OUTAGE_ROUNDS ?? 2)
let all: Installation | undefined
let proxy: Proxy | undefined
afterEach(async () => {
  await all?.stop()
  await proxy?.stop()
  all = proxy = undefined
})

test.skipIf(!possible).each<Stop>(['immediate', 'fast'])(
  'PostgreSQL is stopped (%s) and started while people type',
  {
    timeout: 180_000,
  },
  async (how) => {
    const seed = seedOf(`PostgreSQL stopped (${how})`)
    const random = randomFrom(seed)
    all = await installation({ nodes: 2 })
    const { nodes, postgres } = all
    const { everybody, present, journal, persons, name, untilAllGoOn, untilAgreed } = await team(all, 6, random)
    let waited = 0
    for (let outage = 0; outage < outages; outage++) {
      await untilAllGoOn()
      await postgres.stop(how)
      // an acknowledgement of a commit from before may still be on its way; nothing typed from here on can be committed
      const typedBefore = present.map(({ typed }) => typed)
      for (const one of present) for (let more = 0; more < 20; more++) one.edit()
      // somebody who comes while it is away is let in when it is back
      const late = createTypingClient({
        url: nodes[0]?.url as string,
        documentName: name,
        token: persons[0]?.token as string,
        name: `late${outage}`,
        random,
      })
      let refused = false
      late.one.provider.on('authenticationFailed', () => {
        refused = true
      })
      await until(
        () => late.one.provider.configuration.websocketProvider.status === 'connected',
        'the one who comes meanwhile to stand at the door',
      )
      late.edit()
      for (const [place, one] of present.entries()) {
        expect(one.acknowledged).toBeLessThanOrEqual(typedBefore[place] as number)
        waited += one.typed - one.acknowledged
      }
      const promised = acknowledgedKeys(everybody)
      await postgres.start()
      await untilAllGoOn({ patience: 60_000 })
      await journal.look()
      expect(missingKeys(promised, journal.document)).toEqual([])
      await until(() => late.acknowledged === 1, 'the one who came meanwhile to be acknowledged', 30_000)
      expect(refused).toBe(false)
      late.one.close()
      everybody.push(late)
    }
    const { acknowledged, replicas } = await untilAgreed()
    console.log(
      `PostgreSQL stopped (${how}) ${outages} times: ${waited} edits waited, ${acknowledged} acknowledged, lost 0, ${replicas} replicas equal (SEED=${seed})`,
    )
    for (const { one } of present) one.close()
  },
)

test.skipIf(!possible)('a commit whose answer is lost is neither lost nor twice in the text', { timeout: 120_000 }, async () => {
  const seed = seedOf('lost answers')
  const random = randomFrom(seed)
  const rounds = 5 * outages
  all = await installation({
    nodes: 2,
    async env(_, { postgres }) {
      proxy ??= await proxyTo(postgres.port)
      return { DATABASE_URL: postgres.url.replace(`:${postgres.port}/`, `:${proxy.port}/`) }
    },
  })
  const { name, owner, present, journal, untilAllGoOn, untilAgreed } = await team(all, 4, random)
  const own = createTypingClient({ url: all.nodes[0]?.url as string, documentName: name, token: owner.token, name: 'own', random })
  for (let round = 0; round < rounds; round++) {
    await untilAllGoOn()
    await proxy?.loseAnswer('journal write', readyForQuery)
    own.edit()
    await until(() => own.acknowledged === own.typed, 'the edit to be acknowledged')
  }
  const { acknowledged, replicas } = await untilAgreed()
  const twice = journal.rows.length - new Set(journal.rows.map(({ update }) => Buffer.from(update).toString('base64'))).size
  console.log(
    `${rounds} answers to commits lost: ${acknowledged} acknowledged edits, lost 0, ${replicas} replicas equal, ` +
      `${twice} of ${journal.rows.length} rows written twice (SEED=${seed})`,
  )
  const reader = await opened(all.nodes[0]?.url as string, name, owner.token)
  expect(reader.text.toString()).toBe(journal.document.getText('text').toString())
  reader.close()
  own.one.close()
  for (const { one } of present) one.close()
})
