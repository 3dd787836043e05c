/**
 * Who is in a document and where: awareness states, kept as they came and passed on without a scratch document (hocuspocus 7).
 *
 * A state belongs to whoever brought it first. Another person's is never taken, so nobody moves or removes another's cursor;
 * what clients repeat of each other's (y-websocket does) is left aside. The same person may come back on a new socket while
 * the old one still stands: both hold the state, and it goes when the last of them goes.
 */
import { createDecoder, readVarString, readVarUint } from 'lib0/decoding'
import { createEncoder, toUint8Array, writeVarString, writeVarUint, writeVarUint8Array } from 'lib0/encoding'
import { frameType } from './frame.ts'

/** Who brings a state: a connection of this node, or the name of another node. */
export type Bringer = object | string

/** One state on its way. */
export interface Whereabouts {
  client: number
  /** As it is told: it never falls, whoever brings the state and however often they come back. */
  clock: number
  user: string
  /** JSON; `null` when it is gone. */
  state: string
}

interface Kept extends Whereabouts {
  /** As it was brought last; -1 when whoever comes next may begin anew. */
  brought: number
  bringers: Set<Bringer>
  /** The clock that each node told last, which counts by itself. */
  heard: Map<string, number>
  at: number
}

/** Clients renew their state every 15 s and take one for gone after 30 s (y-protocols). Milliseconds. */
const staleAfter = 30_000
/** A state that is gone is remembered so long, so that a client who returns is not taken for an older self. */
const forgottenAfter = 120_000
/** A connection brings its own and, over the tabs of a browser, a few others. */
const mostBrought = 32

export class Presence {
  readonly #kept = new Map<number, Kept>()
  readonly #told: (whereabouts: Whereabouts, by: Bringer | undefined) => void

  /** @param told hears of every state that is new, changed or gone, and who brought it */
  constructor(told: (whereabouts: Whereabouts, by: Bringer | undefined) => void) {
    this.#told = told
  }

  /** Takes states from a connection. Answers whether it brings a client who was here before. @throws when the payload is none */
  take(payload: Uint8Array, user: string, by: Bringer): boolean {
    let returned = false
    for (const { client, clock, state } of readStates(payload)) {
      const known = this.#kept.get(client)
      const brought = known?.bringers.has(by)
      this.#takeOne(client, clock, state, user, by)
      returned ||= brought === false && known?.bringers.has(by) === true
    }
    return returned
  }

  #takeOne(client: number, clock: number, state: string, user: string, by: Bringer) {
    let kept = this.#kept.get(client)
    if (!kept) {
      if (state === 'null' || this.#countOf(by) >= mostBrought) return
      kept = { client, clock: 0, user, state: 'null', brought: -1, bringers: new Set(), heard: new Map(), at: 0 }
      this.#kept.set(client, kept)
    }
    if (kept.user !== user) {
      if (kept.bringers.size > 0) return
      kept.user = user
    }
    if (kept.bringers.has(by)) {
      const told = state === 'null' ? kept.state !== 'null' && clock >= kept.brought : clock > kept.brought
      if (told) this.#tell(kept, state, Math.max(clock, kept.clock + 1), by)
      kept.brought = Math.max(clock, kept.brought)
      return
    }
    // somebody who is here already repeats what they were told; a newcomer brings their own, however old its clock
    const repeats = clock <= kept.clock && kept.bringers.size > 0 && this.#countOf(by) > 0
    if (repeats || state === 'null') return
    kept.bringers.add(by)
    kept.brought = clock
    if (state !== kept.state || clock > kept.clock) this.#tell(kept, state, Math.max(clock, kept.clock + 1), by)
  }

  /** Takes a state that another node tells, with the clock that node gave it. */
  takeFrom(node: string, { client, clock, user, state }: Whereabouts): void {
    const kept = this.#kept.get(client)
    if (state === 'null') {
      if (kept) this.#release(kept, node)
      return
    }
    if (!kept) {
      const made = {
        client,
        clock,
        user,
        state: 'null',
        brought: -1,
        bringers: new Set<Bringer>([node]),
        heard: new Map([[node, clock]]),
        at: 0,
      }
      this.#kept.set(client, made)
      return this.#tell(made, state, clock, node)
    }
    if (kept.user !== user && kept.bringers.size > 0) return
    kept.user = user
    kept.bringers.add(node)
    if (clock > (kept.heard.get(node) ?? kept.clock) || kept.state === 'null')
      this.#tell(kept, state, Math.max(clock, kept.clock + 1), node)
    kept.heard.set(node, clock)
  }

  /** Whoever brought states is gone, and with them what nobody else brings. */
  leave(by: Bringer): void {
    for (const kept of this.#kept.values()) this.#release(kept, by)
  }

  /** Those whom this node's connections bring. */
  local(): Whereabouts[] {
    return this.all().filter(({ client }) => [...(this.#kept.get(client)?.bringers ?? [])].some((by) => typeof by !== 'string'))
  }

  /** All who are here now, but those that `except` brings. */
  all(except?: Bringer): Whereabouts[] {
    const fresh = Date.now() - staleAfter
    return [...this.#kept.values()].filter(
      ({ state, at, bringers }) => state !== 'null' && at > fresh && !(except !== undefined && bringers.has(except)),
    )
  }

  /**
   * Gives every state a clock above all that any node has told of it. A client whose socket ended takes the others for gone and
   * keeps their clocks, so when it returns it would not see them until they move (y-protocols).
   */
  raise(): void {
    for (const kept of this.#kept.values()) kept.clock = Math.max(kept.clock + 1, Date.now())
  }

  /** Lets go of what was not renewed, and in time of the memory that it was. */
  sweep(now: number): void {
    for (const kept of this.#kept.values()) {
      if (kept.state !== 'null' && kept.at < now - staleAfter) this.#tell(kept, 'null', kept.clock + 1, undefined)
      else if (kept.bringers.size === 0 && kept.at < now - forgottenAfter) this.#kept.delete(kept.client)
    }
  }

  #release(kept: Kept, by: Bringer) {
    if (typeof by === 'string') kept.heard.delete(by)
    if (!kept.bringers.delete(by) || kept.bringers.size > 0) return
    kept.brought = -1
    if (kept.state !== 'null') this.#tell(kept, 'null', kept.clock + 1, by)
  }

  #tell(kept: Kept, state: string, clock: number, by: Bringer | undefined) {
    kept.state = state
    kept.clock = clock
    kept.at = Date.now()
    this.#told({ client: kept.client, clock, user: kept.user, state }, by)
  }

  #countOf(by: Bringer): number {
    let count = 0
    for (const { bringers } of this.#kept.values()) if (bringers.has(by)) count++
    return count
  }
}

/** States as a message to clients. */
export function awarenessMessage(states: Whereabouts[]): Uint8Array {
  const inner = createEncoder()
  writeVarUint(inner, states.length)
  for (const { client, clock, state } of states) {
    writeVarUint(inner, client)
    writeVarUint(inner, clock)
    writeVarString(inner, state)
  }
  const encoder = createEncoder()
  writeVarUint(encoder, frameType.awareness)
  writeVarUint8Array(encoder, toUint8Array(inner))
  return toUint8Array(encoder)
}

/** The states of an awareness payload, each checked to be JSON. @throws when it is none */
function readStates(payload: Uint8Array): { client: number; clock: number; state: string }[] {
  const decoder = createDecoder(payload)
  const states = []
  for (let count = readVarUint(decoder); count > 0; count--) {
    const client = readVarUint(decoder)
    const clock = readVarUint(decoder)
    const state = readVarString(decoder)
    JSON.parse(state)
    states.push({ client, clock, state })
  }
  return states
}
