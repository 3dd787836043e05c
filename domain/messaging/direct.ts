/** Direct conversations: one for each set of people, which does not change. Who wants others there begins another. */
import { sql } from 'kysely'
import { z } from 'zod'
import { signedIn, userOf } from '../access/permission.ts'
import { newId } from '../kernel/entity.ts'
import { DomainError, notFound } from '../kernel/errors.ts'
import { command } from '../kernel/operation.ts'
import { Conversation, type ConversationSeen, seenOf, tellChanged } from './conversation.ts'

/** As many as a line can name; a larger circle is a space. */
const mostPeople = 20

/**
 * The direct conversation with some people: the one that there is, or a new one.
 * @throws DomainError invalid-input without anybody else; not-found for somebody who has no account
 */
export const startDirect = command('messaging.startDirect', {
  input: {
    userIds: z
      .array(z.uuid())
      .min(1)
      .max(mostPeople - 1)
      .describe('the others'),
  },
  may: signedIn,
  async does(work, { userIds }): Promise<ConversationSeen> {
    const people = [...new Set([userOf(work), ...userIds.map((id) => id.toLowerCase())])].sort()
    if (people.length < 2) {
      const fields = [{ path: 'userIds', message: 'takes somebody else' }]
      throw new DomainError('invalid-input', 'A conversation takes somebody else.', { fields })
    }
    const kysely = work.em.getKysely() as never
    const list = sql`${sql.val(people)}::uuid[]`
    const known = await sql<{ id: string }>`select id from "user" where id = any(${list}) and status <> 'deleted'`.execute(kysely)
    const there = () => sql<{ id: string }>`select id from conversation where people = ${list}`.execute(kysely)
    const before = (await there()).rows[0]
    if (before) return seenOf(work, before.id)
    if (known.rows.length < people.length) throw notFound()
    // of two who begin at once, the second waits here, and finds what the first made
    const { rows } = await sql<{ id: string }>`
      insert into conversation (id, created_at, updated_at, general, people, head, said_at, version)
      values (${newId()}, ${work.now}, ${work.now}, false, ${list}, 0, ${work.now}, 1)
      on conflict (people) do nothing returning id`.execute(kysely)
    const made = rows[0]
    if (made) tellChanged(work, await work.em.findOneOrFail(Conversation, made.id))
    return seenOf(work, made?.id ?? ((await there()).rows[0]?.id as string))
  },
})
