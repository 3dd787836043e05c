/** A crowd at work on one system: opens its documents, types on an evenly spread schedule, counts, and looks whether all arrived. */
import { setTimeout as wait } from 'node:timers/promises'
import { until } from '../test/support/until.ts'
import { newTally, Person, type Tally } from './person.ts'
import type { System } from './systems.ts'
import { Typist } from './typist.ts'

/** What a crowd does. Rates are a second and writer. */
export interface Work {
  documents: number
  /** In each document. */
  writers: number
  readers: number
  edits: number
  cursors: number
}

export interface Length {
  warmUp: number
  measured: number
}

/** What a round told. */
export interface Round {
  /** Microseconds of the servers' CPU time for each delivered edit. */
  cpu: number
  /** The same for each edit, however many it was delivered to. */
  cpuOfEdit: number
  /** Milliseconds to the other screens, and to the acknowledgement. */
  seen: number[]
  acknowledged: number[]
  delivered: number
  /** The share of cursor moves that were shown: a server may leave out all but the newest. */
  cursorsShown: number
  /** The share of its core that the load took. */
  loadBusy: number
}

/** Documents that hold something, for a crowd that does not begin with empty ones. */
export interface Ground {
  names: string[]
  token: string
  /** What they hold, as an update, and the signs of its text; writers spread over it. */
  state: Uint8Array
  length: number
}

const openAtOnce = 25
const patience = 20_000

/** @throws when anything sent did not arrive */
export async function runCrowd(system: System, work: Work, { warmUp, measured }: Length, ground?: Ground): Promise<Round> {
  const { names, token } = ground ?? (await system.documents(work.documents))
  const tally = newTally()
  const people = names.flatMap((document) => peopleOf(system, document, token, work, tally, ground))
  const typists = people.filter(({ typist }) => typist)
  for (const { typist } of typists) typist?.prepare(Math.ceil(((warmUp + measured) / 1000) * work.edits) + 1)
  for (let opened = 0; opened < people.length; opened += openAtOnce) {
    await Promise.all(people.slice(opened, opened + openAtOnce).map((person) => person.open()))
  }

  const playing = play(typists, work, warmUp + measured)
  const cpu = () => system.nodes.reduce((sum, node) => sum + node.cpu(), 0)
  await wait(warmUp)
  const [began, cpuBefore, loadBefore] = [performance.now(), cpu(), process.cpuUsage()]
  tally.counting = true
  tally.since = began
  await wait(measured - (performance.now() - began))
  const used = cpu() - cpuBefore
  tally.counting = false
  tally.until = performance.now()
  const load = process.cpuUsage(loadBefore)
  await playing

  await until(() => tally.wrong || people.every(({ missing }) => !missing), 'all to arrive', patience).catch(() => {})
  const lacking = people.find(({ missing }) => missing)
  if (tally.wrong || lacking) throw new Error(`${system.name}: ${tally.wrong ?? `${lacking?.missing} never came`}`)
  await Promise.all(people.map((person) => person.close()))

  const sent = typists.reduce((sum, { typist }) => sum + sentBetween(typist?.sentAt ?? [], tally), 0)
  const moved = typists.reduce((sum, { typist }) => sum + sentBetween(typist?.movedAt ?? [], tally), 0)
  const others = work.writers + work.readers - 1
  return {
    cpu: (used * 1000) / tally.edits,
    cpuOfEdit: (used * 1000) / sent,
    seen: tally.seen,
    acknowledged: tally.acknowledged,
    delivered: tally.edits,
    cursorsShown: moved === 0 ? 1 : tally.cursors / (moved * others),
    loadBusy: (load.user + load.system) / 1000 / (tally.until - began),
  }
}

const sentBetween = (times: number[], { since, until }: Tally) => times.filter((time) => time >= since && time < until).length

/** The people of one document, spread over the nodes: writers one by one, then readers. */
function peopleOf(system: System, document: string, token: string, { writers, readers }: Work, tally: Tally, ground?: Ground): Person[] {
  const start = (place: number) => Math.floor(((ground?.length ?? 0) * (place + 1)) / (writers + 1))
  const typists = Array.from({ length: writers }, (_, place) => new Typist(ground?.state, start(place)))
  return Array.from({ length: writers + readers }, (_, place) => {
    const url = system.nodes[place % system.nodes.length]?.url ?? ''
    return new Person({ dialect: system.dialect, url, document, token }, typists, tally, typists[place])
  })
}

/** Plays the schedule: everybody at an even pace, and no two at the same moment. */
async function play(typists: Person[], { edits, cursors }: Work, length: number): Promise<void> {
  const acts: { at: number; act: () => void }[] = []
  const spread = (rate: number, shift: number, act: (person: Person) => void) => {
    if (rate === 0) return
    for (const [place, person] of typists.entries()) {
      // multiples of the golden ratio lie evenly in a second, however many there are, and neighbours far apart
      const phase = (place * 0.618_033_988_75 + shift) % 1
      for (let turn = 0; turn + phase < (length / 1000) * rate; turn++)
        acts.push({ at: ((turn + phase) * 1000) / rate, act: () => act(person) })
    }
  }
  spread(edits, 0, (person) => person.type())
  spread(cursors, 0.5, (person) => person.move())
  acts.sort((one, other) => one.at - other.at)

  const began = performance.now()
  for (const { at, act } of acts) {
    for (let early = at - (performance.now() - began); early > 0; early = at - (performance.now() - began)) await wait(early)
    act()
  }
}
