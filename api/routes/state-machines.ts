import { z } from 'zod'
import { createMachine, sendEvent } from '../../domain/workflows/machine-commands.ts'
import {
  type ActiveMachine,
  getDiagram,
  getMachine,
  listActiveMachines,
  listEvents,
  type MachineView,
} from '../../domain/workflows/machine-views.ts'
import { listTransitionHistory, type Transition } from '../../domain/workflows/transition-history.ts'
import { action, get, jsonResponse, listResponse, post } from '../http/endpoint.ts'

const identity = {
  type: z.string(),
  id: z.uuid().describe('of what the machine is about'),
  subject: z.string().describe('the same, as `<kind>:<id>`'),
  state: z.string(),
  version: z.number().int().describe('counts transitions, from 1'),
  startedAt: z.iso.datetime(),
  changedAt: z.iso.datetime(),
}

export const StateMachineBody = z
  .object({
    ...identity,
    meaning: z.string().describe('of the state'),
    done: z.boolean().describe('whether no event is possible any more'),
    timers: z.array(z.object({ event: z.string(), dueAt: z.iso.datetime() })).describe('events that SmartStart will send'),
  })
  .meta({ id: 'StateMachine' })

const stateMachine = jsonResponse(
  StateMachineBody,
  ({ type, id, subject, state, version, startedAt, changedAt, meaning, done, timers }: MachineView) => ({
    type,
    id,
    subject,
    state,
    version,
    startedAt: startedAt.toISOString(),
    changedAt: changedAt.toISOString(),
    meaning,
    done,
    timers: timers.map(({ event, dueAt }) => ({ event, dueAt: dueAt.toISOString() })),
  }),
  ({ version }) => version,
)

const activeMachine = jsonResponse(
  z.object(identity).meta({ id: 'ActiveStateMachine' }),
  ({ startedAt, changedAt, ...machine }: ActiveMachine) => ({
    ...machine,
    startedAt: new Date(startedAt).toISOString(),
    changedAt: new Date(changedAt).toISOString(),
  }),
)

export const StateTransitionBody = z
  .object({
    id: z.uuid(),
    version: z.number().int(),
    event: z.string(),
    from: z.string().nullable().describe('null where the machine started'),
    to: z.string(),
    reason: z.string().nullable(),
    data: z.record(z.string(), z.unknown()).nullable(),
    actor: z
      .object({ kind: z.string(), id: z.uuid().nullable(), name: z.string().nullable(), onBehalfOf: z.uuid().nullable() })
      .describe('who sent it'),
    at: z.iso.datetime(),
  })
  .meta({ id: 'StateTransition' })

const transition = jsonResponse(StateTransitionBody, ({ at, ...row }: Transition) => ({ ...row, at: at.toISOString() }))

export const PossibleEventsBody = z
  .object({
    state: z.string(),
    version: z.number().int(),
    events: z.array(
      z.object({
        event: z.string(),
        meaning: z.string(),
        allowed: z.boolean().describe('whether you can send it now'),
        reasons: z.array(z.string()).describe('why not'),
        to: z.array(z.string()).describe('the next state'),
      }),
    ),
  })
  .meta({ id: 'PossibleEvents' })

const possibleEvents = jsonResponse(PossibleEventsBody, (outcome: z.output<typeof PossibleEventsBody>) => outcome)

const diagram = jsonResponse(
  z.object({ type: z.string(), state: z.string(), mermaid: z.string() }).meta({ id: 'StateDiagram' }),
  (outcome: { type: string; state: string; mermaid: string }) => outcome,
)

const path = '/state-machines/:type/:id'

export const stateMachines = [
  post('/state-machines/create', 'Starts a state machine for something that has none.', createMachine, stateMachine),
  get(
    '/state-machines/active',
    'Lists the state machines that have not ended: all for administrators, those that they can see for others.',
    listActiveMachines,
    listResponse(activeMachine),
  ),
  action(
    `${path}/event`,
    'Sends an event. An unknown event is invalid-input; one that somebody else sends is forbidden; one that the state or a rule does not allow is a conflict, which says why.',
    sendEvent,
    stateMachine,
  ),
  get(`${path}/state`, 'Returns the state of a machine.', getMachine, stateMachine),
  get(`${path}/history`, 'Lists the transitions of a machine, newest first.', listTransitionHistory, listResponse(transition)),
  get(`${path}/events`, 'Lists the events of the present state, and why you cannot send some of them now.', listEvents, possibleEvents),
  get(`${path}/diagram`, 'Returns the machine as a Mermaid diagram, with its state marked.', getDiagram, diagram),
]
