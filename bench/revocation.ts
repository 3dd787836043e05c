/**
 * How soon access is taken away, over three nodes on one PostgreSQL and one Redis.
 *
 * `npm run revocation`. Each of `ROUNDS` (200) times a member of a draft, who has it open on one of the nodes, is removed by a request
 * to another. Milliseconds from the request to the moment when their socket hears it, and to the answer; and what the answer itself
 * says of the confirmations (`enforcement.milliseconds`).
 */
import { HocuspocusProviderWebsocket, HocuspocusProvider } from '@hocuspocus/provider'
import { draftOf, register } from '../test/support/client.ts'
import { installation, type Member } from '../test/support/installation.ts'
import { installed } from '../test/support/servers.ts'
import { until } from '../test/support/until.ts'
import { percentile } from './keystrokes.ts'

const rounds = Number(process.env.ROUNDS ?? 200)
const size = 3

if (!installed('revocation over three nodes', 'postgresql', 'redis-server')) process.exit(0)
const all = await installation({ nodes: size })
const [first] = all.nodes as [Member, ...Member[]]
const owner = await register(first.url, 'Owner')
const ben = await register(first.url, 'Ben')
const name = await draftOf(owner)
const member = `/api/documents/${name}/members/${ben.id}`
const figures = { heard: [] as number[], answered: [] as number[], enforcement: [] as number[] }
let unconfirmed = 0

for (let round = 0; round < rounds; round++) {
  await owner.ask('PUT', member, { role: 'editor' })
  const { url } = all.nodes[round % size] as Member
  const websocketProvider = new HocuspocusProviderWebsocket({ url: `${url.replace('http', 'ws')}/collab` })
  const provider = new HocuspocusProvider({ websocketProvider, name, token: ben.token })
  const closed = new Promise<void>((resolve) => provider.on('close', () => resolve()))
  provider.attach()
  await until(() => provider.isSynced && !provider.hasUnsyncedChanges, 'the draft to be open')

  const asked = await remove(all.nodes[(round + 1) % size] as Member, closed)
  figures.heard.push(asked.heard)
  figures.answered.push(asked.answered)
  figures.enforcement.push(asked.enforcement.milliseconds)
  if (asked.enforcement.confirmed < size) unconfirmed++
  provider.destroy()
  websocketProvider.destroy()
}
await all.stop()

/** Removes Ben. Milliseconds until his socket heard it, and until the answer. */
async function remove({ url }: Member, closed: Promise<unknown>) {
  const began = performance.now()
  const heard = closed.then(() => performance.now() - began)
  const response = await fetch(url + member, { method: 'DELETE', headers: { authorization: `Bearer ${owner.token}` } })
  const { enforcement } = (await response.json()) as { enforcement: { nodes: number; confirmed: number; milliseconds: number } }
  const answered = performance.now() - began
  return { heard: await heard, answered, enforcement }
}

console.log(`Revocation over ${size} nodes, ${rounds} members removed one after the other, milliseconds:`)
for (const [what, values] of [
  ['confirmed by all nodes (enforcement.milliseconds)', figures.enforcement],
  ['request to the moment their socket hears it', figures.heard],
  ['request to its answer', figures.answered],
] as const) {
  console.log(`${what}: p50 ${percentile(values, 0.5).toFixed(1)}, p99 ${percentile(values, 0.99).toFixed(1)}`)
}
console.log(`not confirmed by all ${size} nodes: ${unconfirmed}`)
