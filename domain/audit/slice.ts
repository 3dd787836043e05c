import { onEvent, schedule } from '../kernel/manifest/background-work.ts'
import { defineSlice } from '../kernel/manifest/define-slice.ts'
import { TreeHeadPublished } from './events.ts'
import { buildTreeHeadMail } from './notifications.ts'
import { saveTreeHead } from './tree-head-file.ts'
import { publishTreeHead } from './tree-head.ts'

export const audit = defineSlice({
  name: 'audit',
  description: 'The audit chain: acts that can be proved later.',
  tables: ['audit_head', 'audit_row', 'audit_personal_data', 'audit_tree_head'],
  notifications: {
    'audit.tree-head': { category: 'audit', priority: 'low', channels: ['email'], on: TreeHeadPublished, build: buildTreeHeadMail },
  },
  handlers: [onEvent([TreeHeadPublished], saveTreeHead)],
  schedules: [schedule('13 2 * * *', publishTreeHead)],
})
