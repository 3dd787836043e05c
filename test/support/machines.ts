/** State machines in tests: puts one into a state, and sends events that only a slice may send. */
import { z } from 'zod'
import { system } from '../../domain/kernel/actor.ts'
import { command } from '../../domain/kernel/operation.ts'
import { requireSystem } from '../../domain/kernel/permission.ts'
import type { MachineDefinition, Memory } from '../../domain/workflows/definition.ts'
import { deleteMachine, type MachineState, sendMachineEvent, startMachine } from '../../domain/workflows/machine.ts'
import type { Node } from '../../main.ts'

/** Replaces a machine by a new one in a state, as if its history led there. @param follow runs what follows a transition into the state */
export async function placeMachine<F>(
  node: Node,
  machine: MachineDefinition<F>,
  id: string,
  state: string,
  { memory = {}, follow = true }: { memory?: Memory | undefined; follow?: boolean | undefined } = {},
): Promise<void> {
  const place = command('test.placeMachine', {
    input: { id: z.uuid(), state: z.string() },
    authorize: requireSystem,
    async execute(work, input): Promise<void> {
      await deleteMachine(work, machine, input.id)
      await startMachine(work, machine, input.id, { initial: input.state })
      const snapshot = JSON.stringify({ value: input.state, context: memory, status: 'active' })
      await work.db.updateTable('state_machine').set({ snapshot }).where('type', '=', machine.type).where('id', '=', id).execute()
      if (follow)
        await machine.onTransition?.(work, {
          id: input.id,
          event: 'START',
          from: '',
          to: input.state,
          reason: null,
          data: null,
          version: 1,
        })
    },
  })
  await node.domain.run(system, place, { id, state })
}

/** Sends an event as a slice does. @throws DomainError */
export async function sendInternally<F>(node: Node, machine: MachineDefinition<F>, id: string, event: string): Promise<MachineState> {
  const send = command('test.sendMachineEvent', {
    input: { id: z.uuid(), event: z.string() },
    authorize: requireSystem,
    execute: (work, input): Promise<MachineState> => sendMachineEvent(work, machine, input.id, input.event),
  })
  return node.domain.run(system, send, { id, event })
}
