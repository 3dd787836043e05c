import { defineSlice } from '../kernel/manifest/define-slice.ts'

export const audit = defineSlice({
  name: 'audit',
  description: 'The audit chain: acts that can be proved later.',
  tables: ['audit_head', 'audit_row', 'audit_personal_data', 'audit_tree_head'],
})
