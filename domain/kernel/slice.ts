import { defineSlice } from './manifest/define-slice.ts'
import { schedule } from './manifest/background-work.ts'
import { detectRestore } from './backup/restore-detection.ts'
import { EventRow } from './events/event.ts'
import { forgetOldEvents } from './events/replay.ts'
import { forgetOldKeys, IdempotencyRow } from './idempotency.ts'

export const kernel = defineSlice({
  name: 'kernel',
  description: 'What every slice uses: jobs, events, idempotency keys.',
  entities: [EventRow, IdempotencyRow],
  tables: ['event_audience', 'event_cursor', 'event_gap', 'event_head', 'installation'],
  schedules: [schedule('7 * * * *', forgetOldKeys), schedule('*/5 * * * *', forgetOldEvents, { repeatUntilEmpty: true })],
  internal: [detectRestore],
})
