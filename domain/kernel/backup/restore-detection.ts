/** Detects that an older state was restored, so that event positions are not given twice. */
import { sql } from 'kysely'
import { z } from 'zod'
import { requireSystem } from '../permission.ts'
import { event } from '../events/event.ts'
import { command } from '../operation.ts'

/** Sent to every subscriber after a restore: events after the restored state are gone, so clients read everything again. */
export const InstallationRestored = event('installation.restored', {})

/** More events than an installation writes between a backup and its restore. */
const skippedPositions = 1_000_000_000

/**
 * Compares the storage of this node with the storage that served last. If they differ, a backup was restored or the database was moved.
 * Then positions skip ahead, so that an old cursor is never valid in the new order.
 * @returns whether positions skipped
 */
export const detectRestore = command('kernel.noteStorage', {
  input: { storage: z.string().max(255) },
  authorize: requireSystem,
  async execute(work, { storage }): Promise<boolean> {
    const { db } = work
    const installation = await db.selectFrom('installation').select('storage').forUpdate().executeTakeFirst()
    const before = installation?.storage ?? null
    if (before === storage) return false
    await db.updateTable('installation').set({ storage }).execute()
    if (before === null) return false
    // the lock under which positions are given (keep_events)
    await sql`select pg_advisory_xact_lock(7220002)`.execute(db)
    await sql`with moved as (update event_head set position = position + ${skippedPositions}::bigint returning position)
      insert into event_gap (after, upto) select position - ${skippedPositions}::bigint, position from moved`.execute(db)
    work.emit(InstallationRestored, { subject: 'installation', audience: ['platform'], data: {} })
    return true
  },
})
