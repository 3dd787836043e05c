/**
 * Awareness states of a document: stored as received and forwarded without a Yjs Awareness object.
 *
 * A state belongs to the account that sent it first, so nobody can move or remove the cursor of somebody else. States of others that a
 * client repeats are ignored (y-websocket repeats them). One person may reconnect on a new socket while the old one is still open: then
 * both are sources of the state, and it is removed when the last of them is gone.
 */
import { type AwarenessState, type AwarenessOwner, readStates } from './awareness-codec.ts'

/** Where a state comes from: a connection of this node, or the id of another node. */
export type AwarenessSource = object | string

/** A state with its owner. */
export interface OwnedAwarenessState extends AwarenessState {
  /** Account that it belongs to. The clock of its state never falls, whatever source it comes from. */
  userId: string
}

interface StoredState extends OwnedAwarenessState {
  /** The newest clock that its sources sent; -1 when the next source may start anew. */
  lastClock: number
  sources: Set<AwarenessSource>
  /** The newest clock of each node. Nodes count separately. */
  clockByNode: Map<string, number>
  updatedAt: number
}

/** Clients renew their state every 15 s and drop others after 30 s (y-protocols). */
const staleAfterMs = 30_000
/** A removed state is remembered for this long, so that a reconnecting client is not confused with its former self. */
const forgetAfterMs = 120_000
/** A connection sends its own state and, for the tabs of a browser, a few others. */
const maxStatesPerSource = 32
/** States up to this length do not count against their connection, UTF-16 code units: 32 of them are 32 KiB. */
const smallStateLength = 1024
/** Total length of larger states of one connection in one document, UTF-16 code units. */
const maxConnectionLength = 128 * 1024
/** Total length of all states of a document, and of all states of one account on this node, UTF-16 code units. */
const maxTotalLength = 4 * 1024 * 1024

/** Total length of the states of each account on this node, over all documents. */
export class AwarenessUsage {
  readonly #lengths = new Map<string, number>()

  lengthOf(userId: string): number {
    return this.#lengths.get(userId) ?? 0
  }

  add(userId: string, length: number): void {
    const sum = this.lengthOf(userId) + length
    if (sum > 0) this.#lengths.set(userId, sum)
    else this.#lengths.delete(userId)
  }
}

export class DocumentAwareness {
  readonly #stored = new Map<number, StoredState>()
  readonly #onChange: (whereabouts: OwnedAwarenessState, by: AwarenessSource | undefined) => void
  readonly #usage: AwarenessUsage
  #length = 0

  /**
   * @param onChange called for every state that is new, changed or removed, with its source
   * @param usage shared by all documents of a node
   */
  constructor(onChange: (whereabouts: OwnedAwarenessState, by: AwarenessSource | undefined) => void, usage: AwarenessUsage) {
    this.#onChange = onChange
    this.#usage = usage
  }

  /**
   * Receives states from a connection. States for which the document or the account has no room are left out.
   * @returns whether it contains a client that was here before, or the problem with which to refuse the connection
   */
  receive(payload: Uint8Array, owner: AwarenessOwner, source: AwarenessSource): boolean | 'invalid-input' | 'too-large' {
    let hasReturned = false
    const states = readStates(payload, owner)
    if (!Array.isArray(states)) return states
    for (const { client, clock, state } of states) {
      const known = this.#stored.get(client)
      const wasKnown = known?.sources.has(source)
      const room = this.#checkRoom(state, known, owner.userId, source)
      if (room === 'too-large') return room
      if (room) this.#receiveState(client, clock, state, owner.userId, source)
      hasReturned ||= wasKnown === false && known?.sources.has(source) === true
    }
    return hasReturned
  }

  /** Whether there is room for a state: false for a full document or account, `too-large` for one connection. */
  #checkRoom(state: string, known: StoredState | undefined, userId: string, source: AwarenessSource): boolean | 'too-large' {
    const addedLength = state.length - visibleLength(known)
    if (addedLength <= 0) return true
    if (state.length > smallStateLength && this.#lengthFrom(source, known) + state.length > maxConnectionLength) return 'too-large'
    return this.#length + addedLength <= maxTotalLength && this.#usage.lengthOf(userId) + addedLength <= maxTotalLength
  }

  #lengthFrom(source: AwarenessSource, except: StoredState | undefined): number {
    let length = 0
    for (const stored of this.#stored.values()) if (stored !== except && stored.sources.has(source)) length += visibleLength(stored)
    return length
  }

  /** The document is unloaded. */
  close(): void {
    for (const stored of this.#stored.values()) this.#addLength(stored, -visibleLength(stored))
    this.#stored.clear()
  }

  #addLength({ userId }: StoredState, length: number) {
    this.#length += length
    this.#usage.add(userId, length)
  }

  #receiveState(client: number, clock: number, state: string, userId: string, source: AwarenessSource) {
    let stored = this.#stored.get(client)
    if (!stored) {
      if (state === 'null' || this.#countFrom(source) >= maxStatesPerSource) return
      stored = { client, clock: 0, userId, state: 'null', lastClock: -1, sources: new Set(), clockByNode: new Map(), updatedAt: 0 }
      this.#stored.set(client, stored)
    }
    if (stored.userId !== userId) {
      if (stored.sources.size > 0) return
      stored.userId = userId
    }
    if (stored.sources.has(source)) {
      const isNewer = state === 'null' ? stored.state !== 'null' && clock >= stored.lastClock : clock > stored.lastClock
      if (isNewer) this.#updateState(stored, state, Math.max(clock, stored.clock + 1), source)
      stored.lastClock = Math.max(clock, stored.lastClock)
      return
    }
    // a known source repeats states of others that it received; a new source sends its own, however old the clock
    const repeats = clock <= stored.clock && stored.sources.size > 0 && this.#countFrom(source) > 0
    if (repeats || state === 'null') return
    stored.sources.add(source)
    stored.lastClock = clock
    if (state !== stored.state || clock > stored.clock) this.#updateState(stored, state, Math.max(clock, stored.clock + 1), source)
  }

  /** Receives a state from another node, with the clock that the node gave it. */
  receiveFromNode(node: string, { client, clock, userId, state }: OwnedAwarenessState): void {
    const stored = this.#stored.get(client)
    if (state === 'null') {
      if (stored) this.#releaseState(stored, node)
      return
    }
    if (!stored) {
      const created: StoredState = {
        client,
        clock,
        userId,
        state: 'null',
        lastClock: -1,
        sources: new Set<AwarenessSource>([node]),
        clockByNode: new Map([[node, clock]]),
        updatedAt: 0,
      }
      this.#stored.set(client, created)
      return this.#updateState(created, state, clock, node)
    }
    if (stored.userId !== userId && stored.sources.size > 0) return
    stored.userId = userId
    stored.sources.add(node)
    if (clock > (stored.clockByNode.get(node) ?? stored.clock) || stored.state === 'null')
      this.#updateState(stored, state, Math.max(clock, stored.clock + 1), node)
    stored.clockByNode.set(node, clock)
  }

  /** A source is gone. States without another source are removed. */
  removeSource(source: AwarenessSource): void {
    for (const stored of this.#stored.values()) this.#releaseState(stored, source)
  }

  /** States of the connections of this node. */
  localStates(): OwnedAwarenessState[] {
    return this.states().filter(({ client }) => [...(this.#stored.get(client)?.sources ?? [])].some((source) => typeof source !== 'string'))
  }

  /** All current states, without those of one source. */
  states(except?: AwarenessSource): OwnedAwarenessState[] {
    const freshSince = Date.now() - staleAfterMs
    return [...this.#stored.values()].filter(
      ({ state, updatedAt, sources }) => state !== 'null' && updatedAt > freshSince && !(except !== undefined && sources.has(except)),
    )
  }

  /**
   * Raises the clock of every state above all clocks that any node has sent. A client whose socket closed drops the others but keeps their
   * clocks, so after a reconnect it would not see them until they move (y-protocols).
   */
  bumpClocks(): void {
    for (const stored of this.#stored.values()) stored.clock = Math.max(stored.clock + 1, Date.now())
  }

  /** Removes states that were not renewed, and later the memory of them. */
  removeStale(now: number): void {
    for (const stored of this.#stored.values()) {
      if (stored.state !== 'null' && stored.updatedAt < now - staleAfterMs) this.#updateState(stored, 'null', stored.clock + 1, undefined)
      else if (stored.sources.size === 0 && stored.updatedAt < now - forgetAfterMs) this.#stored.delete(stored.client)
    }
  }

  #releaseState(stored: StoredState, source: AwarenessSource) {
    if (typeof source === 'string') stored.clockByNode.delete(source)
    if (!stored.sources.delete(source) || stored.sources.size > 0) return
    stored.lastClock = -1
    if (stored.state !== 'null') this.#updateState(stored, 'null', stored.clock + 1, source)
  }

  #updateState(stored: StoredState, state: string, clock: number, source: AwarenessSource | undefined) {
    const before = visibleLength(stored)
    stored.state = state
    this.#addLength(stored, visibleLength(stored) - before)
    stored.clock = clock
    stored.updatedAt = Date.now()
    this.#onChange({ client: stored.client, clock, userId: stored.userId, state }, source)
  }

  #countFrom(source: AwarenessSource): number {
    let count = 0
    for (const { sources } of this.#stored.values()) if (sources.has(source)) count++
    return count
  }
}

/** Length of a state; 0 when it is removed. */
const visibleLength = (stored: StoredState | undefined): number => (!stored || stored.state === 'null' ? 0 : stored.state.length)
