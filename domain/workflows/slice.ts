import { defineSlice } from '../kernel/manifest/define-slice.ts'

export const workflows = defineSlice({
  name: 'workflows',
  description: 'State machines: what may happen next, and what happened.',
  tables: ['state_machine', 'state_machine_transition', 'state_machine_timer'],
})
