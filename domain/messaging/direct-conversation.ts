/** Direct conversations: one for each set of people, which does not change. To add people, start another one. */
import { sql } from 'kysely'
import { z } from 'zod'
import { requireSignedIn, requireUserId } from '../kernel/permission.ts'
import { newId } from '../kernel/entity.ts'
import { DomainError, notFound } from '../kernel/errors.ts'
import { command } from '../kernel/operation.ts'
import { filterExistingAccounts } from '../users/account.ts'
import { Conversation, type ConversationDetails, readConversation, emitConversationChanged } from './conversation.ts'

/** Maximum people; a larger group is a space. */
const maxPeople = 20

/**
 * The direct conversation with some people: the existing one, or a new one.
 * @throws DomainError invalid-input without another person; not-found for a person without an account
 */
export const startDirect = command('messaging.startDirect', {
  input: {
    userIds: z
      .array(z.uuid())
      .min(1)
      .max(maxPeople - 1)
      .describe('the others'),
  },
  authorize: requireSignedIn,
  async execute(work, { userIds }): Promise<ConversationDetails> {
    const people = [...new Set([requireUserId(work), ...userIds.map((id) => id.toLowerCase())])].sort()
    if (people.length < 2) {
      const fields = [{ path: 'userIds', message: 'needs another person' }]
      throw new DomainError('invalid-input', 'Choose at least one other person.', { fields })
    }
    const list = sql<string[]>`${sql.val(people)}::uuid[]`
    const there = () => work.db.selectFrom('conversation').select('id').where('people', '=', list).executeTakeFirst()
    const before = await there()
    if (before) return readConversation(work, before.id)
    if ((await filterExistingAccounts(work, people)).size < people.length) throw notFound()
    // of two simultaneous requests, the second waits here and finds the conversation of the first
    const begun = { created_at: work.now, updated_at: work.now, said_at: work.now, head: 0, version: 1 }
    const made = await work.db
      .insertInto('conversation')
      .values({ id: newId(), general: false, people: list, ...begun })
      .onConflict((same) => same.column('people').doNothing())
      .returning('id')
      .executeTakeFirst()
    if (made) emitConversationChanged(work, await work.em.findOneOrFail(Conversation, made.id))
    return readConversation(work, made?.id ?? ((await there())?.id as string))
  },
})
