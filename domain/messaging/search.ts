/** Searching the actor's conversations. */
import { sql } from 'kysely'
import { z } from 'zod'
import { requireSignedIn, requireUserId } from '../kernel/permission.ts'
import { query } from '../kernel/operation.ts'
import { type Page, paginate, paging, parseCursor } from '../kernel/pagination.ts'
import { readableConversationsCte, requireConversationReader } from './conversation.ts'
import { type MessageDetails, findMessages } from './message.ts'
import { toSearchQuery } from './search-text.ts'

/** Messages with all the words, the last of which may be incomplete; newest first. Only in conversations that the actor can read now. */
export const searchMessages = query('messaging.searchMessages', {
  input: { ...paging, q: z.string().trim().min(1).max(200), conversationId: z.uuid().optional().describe('only in this conversation') },
  authorize: (view, { conversationId }) =>
    conversationId ? requireConversationReader(view, { conversationId }) : requireSignedIn(view, undefined),
  async execute(view, { q, conversationId, limit, cursor }): Promise<Page<MessageDetails>> {
    const after = parseCursor(cursor)
    const words = toSearchQuery(q)
    if (!words) return { items: [], nextCursor: null }
    const rows = await findMessages(
      view,
      sql`m.words @@ to_tsquery('simple', ${words})
        and ${conversationId ? sql`m.conversation = ${conversationId}` : sql`true`}
        and m.conversation in (with recursive ${readableConversationsCte(requireUserId(view))} select id from mine)
        and ${after ? sql`m.id < ${after.id}::uuid` : sql`true`}`,
      sql`m.id desc limit ${limit + 1}`,
    )
    return paginate(
      rows,
      limit,
      ({ id, createdAt }) => ({ at: createdAt.toISOString(), id }),
      (message) => message,
    )
  },
})
