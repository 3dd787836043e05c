import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { draftOf, opened, register } from '../support/client.ts'
import { emptyDatabase } from '../support/node.ts'
import { type NodeProcess, runningProcess } from '../support/process.ts'
import { randomFrom, seedOf } from '../support/random.ts'
import { until } from '../support/until.ts'

const rounds = Number(process.env.KILL_ROUNDS ?? 4)
const { env, remove } = await emptyDatabase()
let node: NodeProcess
afterAll(async () => {
  await node?.end('SIGTERM')
  await remove()
})

test(`no acknowledged edit is lost over ${rounds} kills at random moments`, { timeout: rounds * 30_000 }, async () => {
  const random = randomFrom(seedOf('kill'))
  node = await runningProcess(env)
  const ann = await register(node.url, 'Ann')
  const name = await draftOf(ann)
  let kept = ''
  let acknowledged = 0
  for (let round = 0; round < rounds; round++) {
    const author = await opened(node.url, name, ann.token)
    expect(author.text.toString().startsWith(kept)).toBe(true)
    kept = author.text.toString()
    const before = kept.length
    // what is in the text when nothing is unacknowledged has been promised
    author.provider.on('unsyncedChanges', () => {
      if (!author.provider.hasUnsyncedChanges) kept = author.text.toString()
    })
    let typing = true
    const typist = (async () => {
      for (let n = 0; typing; n++) {
        author.text.insert(author.text.length, `${round}.${n} `)
        if (n % 7 === 0) await wait(1)
        // lets the count come down to zero now and then, or nothing would ever be promised
        if (n % 20 === 19) await until(() => !typing || !author.provider.hasUnsyncedChanges, 'acknowledgements')
      }
    })()
    await until(() => kept.length > before, 'the first acknowledgement of the round')
    await wait(random() * 300)
    await node.end('SIGKILL')
    typing = false
    // the client is gone too, with all that was not acknowledged
    author.close()
    await typist
    acknowledged += kept.length - before
    node = await runningProcess(env)
  }
  const reader = await opened(node.url, name, ann.token)
  expect(reader.text.toString().startsWith(kept)).toBe(true)
  expect(acknowledged).toBeGreaterThan(0)
  console.log(`kill -9: ${acknowledged} acknowledged signs, lost 0, over ${rounds} rounds`)
  reader.close()
})
