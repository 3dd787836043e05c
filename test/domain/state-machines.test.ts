import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { sql } from 'kysely'
import { beforeAll, expect, test } from 'vitest'
import { system } from '../../domain/kernel/actor.ts'
import { command, type CommandContext } from '../../domain/kernel/operation.ts'
import { allowAnyone, requireSystem } from '../../domain/kernel/permission.ts'
import { getRegistered } from '../../domain/kernel/manifest/registry.ts'
import { Machines, type MachineDefinition } from '../../domain/workflows/definition.ts'
import { drawDiagram } from '../../domain/workflows/diagram.ts'
import { readMachine, sendMachineEvent, startMachine } from '../../domain/workflows/machine.ts'
import { readTimers } from '../../domain/workflows/timer.ts'
import type { Node } from '../../main.ts'
import { sendInternally } from '../support/machines.ts'
import { getEmptyNode } from '../support/node.ts'

let node: Node
beforeAll(async () => {
  node = await getEmptyNode()
})

/** A machine of these tests: a door with a closing time. */
const door: MachineDefinition<{ closesAt: Date }> = {
  type: 'door',
  version: 1,
  initial: 'closed',
  states: {
    closed: { meaning: 'Closed.', on: { OPEN: { to: 'open' }, LOCK: { to: 'locked', remember: { lockedIn: 'closed' } } } },
    open: {
      meaning: 'Open.',
      on: { CLOSE: { to: 'closed' }, KNOCK: { to: 'open' }, LOCK: { to: 'locked', remember: { lockedIn: 'open' } } },
      after: [{ event: 'CLOSE', deadline: 'closingTime' }],
    },
    locked: {
      meaning: 'Locked.',
      on: {
        UNLOCK: [
          { to: 'open', where: { lockedIn: 'open' } },
          { to: 'closed', where: { lockedIn: 'closed' } },
        ],
        BREAK: { to: 'broken' },
      },
    },
    broken: { meaning: 'Broken.' },
  },
  events: Object.fromEntries(['OPEN', 'CLOSE', 'KNOCK', 'LOCK', 'UNLOCK', 'BREAK'].map((event) => [event, { by: 'all', meaning: event }])),
  senders: { all: { words: 'anybody', authorize: allowAnyone } },
  guards: {},
  deadlines: { closingTime: { computeDueTime: ({ closesAt }) => closesAt } },
  subjectOf: (id) => `door:${id}`,
  requireReader: allowAnyone,
  requireStarter: allowAnyone,
  readFacts: async (view) => ({ closesAt: new Date(view.now.getTime() + 3600_000) }),
}

/** Runs work in a transaction. */
const run = <T>(work: (context: CommandContext) => Promise<T>): Promise<T> =>
  node.domain.run(system, command('test.run', { input: {}, authorize: requireSystem, execute: work }), {})

async function startDoor(machine = door): Promise<string> {
  const id = randomUUID()
  await run((work) => startMachine(work, machine, id))
  return id
}
const stateOf = (id: string, machine = door) => run((work) => readMachine(work, machine, id))
const send = (id: string, event: string, machine = door) => sendInternally(node, machine, id, event)
const countRows = async (id: string) => {
  const { rows } = await sql<{ n: number }>`select count(*)::int as n from state_machine_transition where machine_id = ${id}`.execute(
    node.database.sql,
  )
  return rows[0]?.n
}

test('what a machine remembers decides where an event leads', async () => {
  const id = await startDoor()
  for (const [event, state] of [
    ['LOCK', 'locked'],
    ['UNLOCK', 'closed'],
    ['OPEN', 'open'],
    ['LOCK', 'locked'],
    ['UNLOCK', 'open'],
  ] as const)
    expect((await send(id, event)).state).toBe(state)
})

test('entering a state sets its timers, an event inside the state keeps them, and leaving it cancels them', async () => {
  const id = await startDoor()
  const timers = () => run((work) => readTimers(work, 'door', id))
  expect(await timers()).toEqual([])
  await send(id, 'OPEN')
  const set = await timers()
  expect(set).toEqual([{ event: 'CLOSE', dueAt: expect.any(Date) }])
  await send(id, 'KNOCK')
  expect(await timers()).toEqual(set)
  await send(id, 'LOCK')
  expect(await timers()).toEqual([])
})

test('no event leaves a final state', async () => {
  const id = await startDoor()
  await send(id, 'LOCK')
  await send(id, 'BREAK')
  for (const event of Object.keys(door.events)) await expect(send(id, event)).rejects.toMatchObject({ code: 'conflict' })
  const { rows } = await sql`select done, state from state_machine where id = ${id}`.execute(node.database.sql)
  expect(rows).toEqual([{ done: true, state: 'broken' }])
})

test('a stored machine of an older version is migrated, and kept where it cannot be', async () => {
  const id = await startDoor()
  await send(id, 'OPEN')
  const states = {
    closed: { meaning: 'Closed.', on: { OPEN: { to: 'ajar' } } },
    ajar: { meaning: 'Ajar.', on: { CLOSE: { to: 'closed' }, KNOCK: { to: 'ajar' } } },
  }
  const second: typeof door = { ...door, version: 2, states }
  const migrating: typeof door = { ...second, migrate: ({ state, memory }) => ({ state: state === 'open' ? 'ajar' : state, memory }) }
  const refusal = {
    code: 'conflict',
    message: expect.stringContaining('stored in the state open by version 1 of door, which version 2 cannot read'),
  }
  await expect(stateOf(id, second)).rejects.toMatchObject(refusal)
  await expect(send(id, 'KNOCK', second)).rejects.toMatchObject(refusal)
  // a migration that knows nothing of the state
  await expect(stateOf(id, { ...second, migrate: (stored) => stored })).rejects.toMatchObject(refusal)
  expect(await stateOf(id)).toEqual({ state: 'open', version: 2 })
  expect(await stateOf(id, migrating)).toEqual({ state: 'ajar', version: 2 })
  expect(await send(id, 'KNOCK', migrating)).toEqual({ state: 'ajar', version: 3 })
  // the older program does not read what the newer one stored
  await expect(stateOf(id)).rejects.toMatchObject({ code: 'conflict' })
  expect(await send(id, 'CLOSE', migrating)).toEqual({ state: 'closed', version: 4 })
  // the timer of the state that is no more
  expect(await run((work) => readTimers(work, 'door', id))).toEqual([])
})

test('work that follows a transition and fails leaves the machine as it was', async () => {
  const id = await startDoor()
  const failing: typeof door = {
    ...door,
    onTransition: () => Promise.reject(new Error('The work failed')),
  }
  await expect(send(id, 'OPEN', failing)).rejects.toMatchObject({ code: 'internal' })
  expect([await stateOf(id), await countRows(id)]).toEqual([{ state: 'closed', version: 1 }, 1])
})

test('slices that send at once wait for each other: none is lost', async () => {
  const id = await startDoor()
  await send(id, 'OPEN')
  const moved = await Promise.all(Array.from({ length: 20 }, () => send(id, 'KNOCK')))
  expect(moved.map(({ version }) => version).sort((one, other) => one - other)).toEqual(Array.from({ length: 20 }, (_, n) => n + 3))
  expect(await countRows(id)).toBe(22)
})

test('a machine starts once', async () => {
  const id = await startDoor()
  await expect(run((work) => startMachine(work, door, id))).rejects.toMatchObject({ code: 'conflict' })
  await expect(stateOf(randomUUID())).rejects.toMatchObject({ code: 'not-found' })
})

test('an event inside a transaction that fails is not sent', async () => {
  const id = await startDoor()
  const failed = run(async (work) => {
    await sendMachineEvent(work, door, id, 'OPEN')
    throw new Error('The act failed')
  })
  await expect(failed).rejects.toMatchObject({ code: 'internal' })
  expect(await stateOf(id)).toEqual({ state: 'closed', version: 1 })
})

test('the documentation has the diagram of each machine', () => {
  const page = readFileSync('docs/state-machines.md', 'utf8')
  const machines = getRegistered(Machines)
  expect(machines.map(({ type }) => type)).toEqual(['legalDocument', 'userCompliance'])
  for (const machine of machines) expect(page).toContain(`\`\`\`mermaid\n${drawDiagram(machine)}\n\`\`\``)
})

test.each(getRegistered(Machines).map((machine) => [machine.type, machine] as const))(
  '%s names only what it declares',
  (_type, machine) => {
    const reached = new Set([machine.initial])
    const sent = new Set<string>()
    for (const state of Object.values(machine.states)) {
      for (const [event, transitions] of Object.entries(state.on ?? {})) {
        sent.add(event)
        for (const { to, guards = [] } of [transitions].flat()) {
          reached.add(to)
          for (const guard of guards) expect(Object.keys(machine.guards)).toContain(guard)
        }
      }
      for (const { deadline, event } of state.after ?? []) {
        expect(Object.keys(machine.deadlines)).toContain(deadline)
        expect(Object.keys(state.on ?? {})).toContain(event)
      }
    }
    expect([...reached].sort()).toEqual(Object.keys(machine.states).sort())
    expect([...sent].sort()).toEqual(Object.keys(machine.events).sort())
    for (const { by } of Object.values(machine.events)) expect(Object.keys(machine.senders)).toContain(by)
  },
)
