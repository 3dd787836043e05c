import { z } from 'zod'
import { event } from '../kernel/events/event.ts'
import { defineHook, type InTransaction } from '../kernel/manifest/hook.ts'

/** A state machine changed its state. */
export const MachineTransitioned = event('state-machine.transitioned', {
  type: z.string(),
  machineId: z.uuid(),
  event: z.string(),
  from: z.string(),
  to: z.string(),
  version: z.number().int(),
})

/** `from` is null where the machine started. */
export interface Transitioned {
  type: string
  machineId: string
  subject: string
  event: string
  from: string | null
  to: string
  version: number
  reason: string | null
}

/** A state machine started or changed its state, inside the transaction of the transition: other slices take part in it, or refuse it. */
export const MachineTransitioning = defineHook<InTransaction<Transitioned>>('workflows.machine-transitioning')
