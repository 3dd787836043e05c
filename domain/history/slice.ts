import { schedule } from '../kernel/manifest/background-work.ts'
import { defineSlice } from '../kernel/manifest/define-slice.ts'
import { compactHistory } from './compaction.ts'
import { inApp } from '../kernel/manifest/notification.ts'
import { buildVersionNotifications } from './notifications.ts'
import { VersionDeleted, VersionNamed } from './events.ts'
import { Version } from './version.ts'

export const history = defineSlice({
  name: 'history',
  description: 'Who wrote what in a document, and its versions.',
  entities: [Version],
  tables: ['document_undo'],
  notifications: {
    'version.named': {
      category: 'document',
      priority: 'low',
      channels: inApp,
      group: { name: 'versions', words: 'named versions of' },
      on: VersionNamed,
      build: buildVersionNotifications,
    },
  },
  schedules: [schedule('*/5 * * * *', compactHistory)],
  staleQueries: [VersionNamed, VersionDeleted].map((on) => ({ on, keys: [['history', '$subject', 'versions']] })),
})
