/** What happens in a venture, for the rows of events. */
import pg from 'pg'
import { newId } from '../domain/kernel/entity.ts'
import { type Person, register } from '../test/support/client.ts'
import { asker } from './asker.ts'
import type { System } from './systems.ts'

export interface News {
  owner: Person
  /** Names of audiences: ventures of the owner's. */
  audiences: string[]
  /** A command, whose one event the first audience hears; somebody is notified of it, by two events more. */
  happen: () => Promise<void>
  /** As a program tells all who hear the first audience: one event, and nothing that follows it. */
  send: () => Promise<void>
  /** Events that a transaction leaves, as many for each audience; the relay finds them by itself. Embedded there is none. */
  leave: (each: number) => Promise<void>
}

/** @param ventures how many */
export async function newsOf(system: System, ventures = 1): Promise<News> {
  const url = system.nodes[0]?.url as string
  const [owner, other] = await Promise.all([register(url, 'Owner'), register(url, 'Other')])
  const ids: string[] = []
  for (let n = 0; n < ventures; n++) ids.push((await owner.ask('POST', '/api/ventures', { name: `News ${n}` })).body.id)
  const ask = asker(url, owner.token)
  let told = 0
  return {
    owner,
    audiences: ids.map((id) => `venture:${id}`),
    async happen() {
      const status = await ask('PUT', `/api/ventures/${ids[0]}/members/${other.id}`, { role: told++ % 2 ? 'viewer' : 'editor' })
      if (status !== 200) throw new Error(`nothing happened: ${status}`)
    },
    async send() {
      const status = await ask('POST', `/api/websocket/venture/${ids[0]}/send`, { message: `News ${told++}` })
      if (status >= 300) throw new Error(`nothing was sent: ${status}`)
    },
    async leave(each) {
      const client = new pg.Client({ connectionString: system.database?.url })
      await client.connect()
      try {
        const made = Array.from({ length: each * ids.length }, (_, place) => [newId(), `venture:${ids[place % ids.length]}`])
        await client.query(
          `insert into event (id, name, subject, audience, data, at)
          select id, 'bench.left', audience, array[audience], jsonb_build_object('text', repeat('x', 100)), now()
          from unnest($1::uuid[], $2::text[]) as made(id, audience)`,
          [made.map(([id]) => id), made.map(([, audience]) => audience)],
        )
      } finally {
        await client.end()
      }
    },
  }
}
