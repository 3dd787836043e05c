/** Searching in one's conversations. */
import { sql } from 'kysely'
import { z } from 'zod'
import { signedIn, userOf } from '../access/permission.ts'
import { query } from '../kernel/operation.ts'
import { type Page, pageOf, paging, readCursor } from '../kernel/page.ts'
import { conversationsOf, mayRead } from './conversation.ts'
import { type MessageSeen, messagesWhere } from './message.ts'
import { queryOf } from './words.ts'

/** Messages that have all the words, the last of which may be the beginning of one; newest first. Only of conversations that one may read now. */
export const searchMessages = query('messaging.searchMessages', {
  input: { ...paging, q: z.string().trim().min(1).max(200), conversationId: z.uuid().optional().describe('in this one alone') },
  may: (view, { conversationId }) => (conversationId ? mayRead(view, { conversationId }) : signedIn(view, undefined)),
  async does(view, { q, conversationId, limit, cursor }): Promise<Page<MessageSeen>> {
    const after = readCursor(cursor)
    const words = queryOf(q)
    if (!words) return { items: [], nextCursor: null }
    const rows = await messagesWhere(
      view,
      sql`m.words @@ to_tsquery('simple', ${words})
        and ${conversationId ? sql`m.conversation = ${conversationId}` : sql`true`}
        and m.conversation in (with recursive ${conversationsOf(userOf(view))} select id from mine)
        and ${after ? sql`m.id < ${after.id}::uuid` : sql`true`}`,
      sql`m.id desc limit ${limit + 1}`,
    )
    return pageOf(
      rows,
      limit,
      ({ id, createdAt }) => ({ at: createdAt.toISOString(), id }),
      (message) => message,
    )
  },
})
