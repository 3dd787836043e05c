/**
 * The nodes that hold a document, told of each other's committed edits and clients.
 *
 * Whatever travels here may be lost: edits are in the journal, and a slow look at its heads finds what was missed; presence is told
 * again when a node has been away. So the bus may drop, restart or be away, and the nodes agree again within one look.
 */
import { randomUUID } from 'node:crypto'
import type { Journal } from '../domain/documents/journal.ts'
import type { Bus } from '../domain/kernel/bus.ts'
import type { Log } from '../domain/kernel/log.ts'
import { decodeWord, encodeAsking, encodePresence, encodeRange } from './cluster-word.ts'
import type { LiveDocument, Range } from './live-document.ts'
import type { Whereabouts } from './presence.ts'

export interface Cluster {
  /** This node holds the document from now on. */
  join(live: LiveDocument): void
  leave(live: LiveDocument): void
  /** Tells a range that this node committed. */
  tell(live: LiveDocument, range: Range & { updates: Uint8Array[] }): void
  /** Tells where one of this node's clients is. */
  show(live: LiveDocument, whereabouts: Whereabouts): void
  /** This node's clients are gone from all documents. */
  stop(): Promise<void>
}

/** Milliseconds between two looks at the heads: where the bus tells of nothing, they are the only news. */
const looksEvery = { shared: 2000, alone: 300 }
/** A node says that it is there, and is taken for gone after this long without a word. Milliseconds. */
const aliveEvery = 2000
const goneAfter = 6000
/** Where clients are is told so often, at most. Milliseconds. */
const showsEvery = 30
const aliveChannel = 'nodes'

interface Joined {
  live: LiveDocument
  ended: boolean
  end: () => void
  moved: Map<number, Whereabouts>
  timer: NodeJS.Timeout | undefined
}

/** @param alone no other process can have the database: the embedded default */
export function joinCluster({ bus, journal, log, alone }: { bus: Bus; journal: Journal; log: Log; alone: boolean }): Cluster {
  const self = randomUUID()
  const joined = new Map<LiveDocument, Joined>()
  const seenAt = new Map<string, number>()
  let heardSelfAt = Date.now()

  const channelOf = ({ id }: LiveDocument) => `document:${id}`

  function hear(live: LiveDocument, message: Buffer) {
    const heard = decodeWord(message, self)
    if (!heard) return
    const { node, word } = heard
    if (!seenAt.has(node)) seenAt.set(node, Date.now())
    if (word.kind === 'range') live.arrive(word)
    else if (word.kind === 'presence') for (const whereabouts of word.states) live.presence.takeFrom(node, whereabouts)
    else tellPresence(live)
  }

  /** Tells where all clients of this node are. */
  function tellPresence(live: LiveDocument) {
    const states = live.presence.local()
    if (states.length > 0) void bus.publish(channelOf(live), encodePresence(self, states))
  }

  function tellMoved(one: Joined) {
    clearTimeout(one.timer)
    one.timer = undefined
    if (one.moved.size === 0) return
    void bus.publish(channelOf(one.live), encodePresence(self, [...one.moved.values()]))
    one.moved.clear()
  }

  function stands({ live, ended }: Joined, end: () => void) {
    if (ended) return end()
    void bus.publish(channelOf(live), encodeAsking(self))
    look([live])
  }

  function look(lives: LiveDocument[]) {
    // a commit under way answers with the head itself
    const quiet = lives.filter(({ uncommitted }) => !uncommitted)
    if (quiet.length === 0) return
    journal.heads(quiet.map(({ id }) => id)).then(
      (heads) => {
        for (const live of quiet) {
          const head = heads.get(live.id) ?? 0
          if (!live.uncommitted) live.arrive({ from: head, to: head })
        }
      },
      (error: unknown) => log.debug({ error: String(error) }, 'heads could not be read; looked at again'),
    )
  }

  /** This node was away from the others, and they have taken its clients for gone. */
  function returned() {
    log.info('hears from the other nodes again')
    for (const live of joined.keys()) {
      tellPresence(live)
      void bus.publish(channelOf(live), encodeAsking(self))
    }
    look([...joined.keys()])
  }

  function hearOfNode(message: string) {
    const node = message.slice(1)
    const now = Date.now()
    if (node === self) {
      if (now - heardSelfAt > goneAfter) returned()
      heardSelfAt = now
    } else if (message.startsWith('-')) forget(node)
    else seenAt.set(node, now)
  }

  function forget(node: string) {
    seenAt.delete(node)
    for (const live of joined.keys()) live.presence.leave(node)
  }

  const timers = [
    setInterval(() => {
      const now = Date.now()
      for (const live of joined.keys()) live.presence.sweep(now)
      for (const [node, at] of seenAt) if (at < now - goneAfter) forget(node)
      if (bus.shared) void bus.publish(aliveChannel, `+${self}`)
    }, aliveEvery),
  ]
  if (!alone) timers.push(setInterval(() => look([...joined.keys()]), bus.shared ? looksEvery.shared : looksEvery.alone))
  if (bus.shared) {
    // not waited for: the bus may be away
    bus
      .subscribe(aliveChannel, (message) => hearOfNode(message.toString()))
      .catch((error: unknown) => log.warn({ error: String(error) }, 'other nodes are not heard of'))
  }

  return {
    join(live) {
      const one: Joined = { live, ended: false, end: () => {}, moved: new Map(), timer: undefined }
      joined.set(live, one)
      if (!bus.shared) return
      bus
        .subscribe(channelOf(live), (message) => hear(live, message))
        .then(
          (end) => {
            one.end = end
            stands(one, end)
          },
          (error: unknown) => log.warn({ error: String(error) }, 'a document hears of other nodes late'),
        )
    },
    leave(live) {
      const one = joined.get(live)
      if (!one) return
      joined.delete(live)
      tellMoved(one)
      one.ended = true
      one.end()
    },
    tell(live, range) {
      if (bus.shared) void bus.publish(channelOf(live), encodeRange(self, range))
    },
    show(live, whereabouts) {
      const one = joined.get(live)
      if (!one || !bus.shared) return
      one.moved.set(whereabouts.client, whereabouts)
      one.timer ??= setTimeout(() => tellMoved(one), showsEvery)
    },
    async stop() {
      for (const timer of timers) clearInterval(timer)
      for (const live of joined.keys()) this.leave(live)
      if (bus.shared) await bus.publish(aliveChannel, `-${self}`)
    },
  }
}
