import { defineSlice } from '../kernel/manifest/define-slice.ts'
import { MachineTransitioned } from './events.ts'
import { timerSchedule } from './timer.ts'

export const workflows = defineSlice({
  name: 'workflows',
  description: 'State machines: what may happen next, and what happened.',
  tables: ['state_machine', 'state_machine_transition', 'state_machine_timer'],
  schedules: [timerSchedule],
  staleQueries: [{ on: MachineTransitioned, keys: [['state-machine', '$subject']] }],
})
