/** Finds registered machines, and asks who sees them and who may send their events. */
import { DomainError, notFound } from '../kernel/errors.ts'
import { getRegistered } from '../kernel/manifest/registry.ts'
import type { Permission, QueryContext } from '../kernel/operation.ts'
import { type MachineDefinition, Machines } from './definition.ts'

/** The machine of a type. @throws DomainError not-found */
export function getDefinition(type: string): MachineDefinition {
  const found = getRegistered(Machines).find((machine) => machine.type === type)
  if (!found) throw notFound()
  return found
}

/** The readers of a machine's subject. */
export const requireMachineReader: Permission<{ type: string; id: string }> = (view, { type, id }) =>
  getDefinition(type).requireReader(view, { id })

/** Permission to start a machine. */
export const requireMachineStarter: Permission<{ type: string; id: string }> = async (view, input) => {
  await requireMachineReader(view, input)
  await getDefinition(input.type).requireStarter(view, { id: input.id })
}

/** Permission to send an event. @throws DomainError invalid-input where the machine has no such event */
export const requireEventSender: Permission<{ type: string; id: string; event: string }> = async (view, input) => {
  await requireMachineReader(view, input)
  const machine = getDefinition(input.type)
  if (!Object.hasOwn(machine.events, input.event)) {
    const message = `unknown event; the events of ${machine.type} are ${Object.keys(machine.events).sort().join(', ')}`
    throw new DomainError('invalid-input', `event: ${message}`, { fields: [{ path: 'event', message }] })
  }
  await assertSender(view, machine, input)
}

/** @throws DomainError forbidden with a sentence about who may send the event */
async function assertSender(view: QueryContext, machine: MachineDefinition, { id, event }: { id: string; event: string }): Promise<void> {
  const sender = machine.senders[machine.events[event]?.by ?? '']
  if (!sender?.authorize) throw new DomainError('forbidden', `${event} is sent by ${sender?.words ?? 'SmartStart itself'}, not by people.`)
  try {
    await sender.authorize(view, { id })
  } catch (error) {
    if (error instanceof DomainError && error.code === 'forbidden')
      throw new DomainError('forbidden', `${event} takes ${sender.words}. ${error.message}`)
    throw error
  }
}

/** Why the actor may not send an event; undefined where they may. */
export async function findSenderObstacle(
  view: QueryContext,
  machine: MachineDefinition,
  input: { id: string; event: string },
): Promise<string | undefined> {
  try {
    await assertSender(view, machine, input)
    return undefined
  } catch (error) {
    if (error instanceof DomainError && ['forbidden', 'not-found'].includes(error.code)) return error.message
    throw error
  }
}
