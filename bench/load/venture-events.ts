/** Events of ventures, for the rows that measure subscribers. */
import { newId } from '../../domain/kernel/entity.ts'
import { type Person, registerPerson } from '../../test/support/client.ts'
import type { System } from '../servers/systems.ts'
import { createHttpClient } from './http-client.ts'

export interface VentureEvents {
  owner: Person
  /** One for each venture. */
  audiences: string[]
  /** Runs a command that the first audience receives one event of; two further events notify the person concerned. */
  changeRole: () => Promise<void>
  /** Sends one event to the first audience; no other event follows. */
  send: () => Promise<void>
  /** Inserts committed events without positions, so many for each audience; the sequencer finds them. PostgreSQL only. */
  insertEvents: (countEach: number) => Promise<void>
}

export async function createVentures(system: System, count = 1): Promise<VentureEvents> {
  const [owner, member] = await Promise.all([registerPerson(system.url, 'Owner'), registerPerson(system.url, 'Member')])
  const ids: string[] = []
  for (let index = 0; index < count; index++) ids.push((await owner.request('POST', '/api/ventures', { name: `Venture ${index}` })).body.id)
  const client = createHttpClient(system.url, owner.token)
  const request = async (...args: Parameters<typeof client>) => {
    const status = await client(...args)
    if (status >= 300) throw new Error(`${args[1]} was answered with ${status}`)
  }
  let sent = 0
  return {
    owner,
    audiences: ids.map((id) => `venture:${id}`),
    changeRole: () => request('PUT', `/api/ventures/${ids[0]}/members/${member.id}`, { role: sent++ % 2 ? 'viewer' : 'editor' }),
    send: () => request('POST', `/api/websocket/venture/${ids[0]}/send`, { message: `Message ${sent++}` }),
    async insertEvents(countEach) {
      const subjects = Array.from({ length: countEach * ids.length }, (_, index) => `venture:${ids[index % ids.length]}`)
      await system.database?.query(
        `insert into event (id, name, subject, audience, data, at)
        select id, 'bench.left', audience, array[audience], jsonb_build_object('text', repeat('x', 100)), now()
        from unnest($1::uuid[], $2::text[]) as made(id, audience)`,
        [subjects.map(() => newId()), subjects],
      )
    },
  }
}
