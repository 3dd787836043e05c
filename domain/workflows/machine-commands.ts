/** What people do with state machines: start one, and send it events. */
import { z } from 'zod'
import { assertVersion, ifMatch } from '../kernel/etag.ts'
import { command } from '../kernel/operation.ts'
import { getDefinition, requireEventSender, requireMachineStarter } from './machine-access.ts'
import { machineKey } from './machine-key.ts'
import { applyEvent, findMachine, startMachine } from './machine.ts'
import { type MachineView, readMachineView } from './machine-views.ts'

const Reason = z.string().trim().min(1).max(2000).optional().describe('why, for the history')
const Event = z.string().min(1).max(64).describe('as `GET …/events` lists them')

/** Starts the machine of something that has none. */
export const createMachine = command('workflows.createMachine', {
  input: { ...machineKey, reason: Reason },
  authorize: requireMachineStarter,
  async execute(work, { type, id, reason }): Promise<MachineView> {
    const machine = getDefinition(type)
    const initial = await machine.findInitialState?.(work, id)
    await startMachine(work, machine, id, { reason, ...(initial && { initial }) })
    return readMachineView(work, machine, id)
  },
})

/** Sends an event to a machine. Of two people who send at once, one gets `conflict`. */
export const sendEvent = command('workflows.sendEvent', {
  input: { ...machineKey, event: Event, reason: Reason, ifMatch },
  authorize: requireEventSender,
  async execute(work, { type, id, event, reason, ifMatch }): Promise<MachineView> {
    const machine = getDefinition(type)
    const stored = await findMachine(work, machine, id)
    assertVersion(stored, ifMatch)
    await applyEvent(work, machine, stored, event, { reason })
    return readMachineView(work, machine, id)
  },
})
