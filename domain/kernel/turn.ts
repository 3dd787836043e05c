/** Work that is asked for often: done one turn at a time, or a few at once. */
import { setTimeout as wait } from 'node:timers/promises'

/**
 * Makes a function that does the work, never twice at once. Asked for during a turn, it is done once more after it, however
 * often it was asked. What it answers resolves after a turn that began after the asking, and rejects as that turn did.
 */
export function inTurns(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  let next: Promise<void> | undefined
  return function ask(): Promise<void> {
    if (!running) {
      running = work().finally(() => {
        running = undefined
      })
      return running
    }
    next ??= running
      .catch(() => {})
      .then(() => {
        next = undefined
        return ask()
      })
    return next
  }
}

/** Where much is asked at once it is worked on for so long in a row, and then the node is left to others for so long. Milliseconds. */
const paces = {
  quiet: { spell: 1, rest: 1 },
  /** A keystroke that comes in a turn waits for its end, so turns are short, and few. */
  besideWriters: { spell: 0.2, rest: 12 },
}
/** Who wrote so lately is still at it. Milliseconds. */
const stillWrites = 1000
let written = Number.NEGATIVE_INFINITY

/** Says that somebody writes on this node: what is done without haste keeps out of their way for a while. */
export function letWritersGoFirst(): void {
  written = performance.now()
}

const somebodyWrites = () => performance.now() - written < stillWrites
const pace = () => (somebodyWrites() ? paces.besideWriters : paces.quiet)

/** A pause between two pieces of long work, which leaves the node to others: a while where somebody writes. */
export const restOf = (): Promise<void> => wait(pace().rest)

/** A pause as long as the work before it, in milliseconds, where somebody writes: of the core, and of the database, theirs is at least half. */
export const restAsLong = async (worked: number): Promise<void> => {
  if (somebodyWrites()) await wait(worked)
}

/**
 * Makes a function that does what it is given, one after the other in the order of asking, and without haste. What asks again in its own turn waits as all do.
 * @param besideWriters the rest where somebody writes, milliseconds
 */
export function unhurried(besideWriters = paces.besideWriters.rest): (go: () => void) => void {
  const waiting: (() => void)[] = []
  let due = false
  function pass() {
    const end = performance.now() + pace().spell
    do waiting.shift()?.()
    while (waiting.length > 0 && performance.now() < end)
    due = waiting.length > 0
    if (due) setTimeout(pass, somebodyWrites() ? besideWriters : paces.quiet.rest)
  }
  return (go) => {
    waiting.push(go)
    if (due) return
    due = true
    setImmediate(pass)
  }
}

/** Done in one go for so many, a fraction of a millisecond each time. */
const slice = 20

/** Does something for each of many that are there now; others have their turn between slices. It never waits, so calls do not pile up. */
export function inSlices<T>(many: Iterable<T>, each: (one: T) => void): void {
  const all = [...many]
  let next = 0
  function pass() {
    const end = next + slice
    for (const one of all.slice(next, end)) each(one)
    next = end
    if (next < all.length) setImmediate(pass)
  }
  pass()
}

/** As `unhurried` for work that waits for others: never two at once. */
export function oneUnhurried(): <T>(work: () => Promise<T>) => Promise<T> {
  const oneAtOnce = fewAtOnce(1)
  return (work) =>
    new Promise((done, failed) => {
      void oneAtOnce(async () => {
        await work().then(done, failed)
        await restOf()
      })
    })
}

/** Makes a function that does what it is given, at most so many at once; what comes then waits, first come, first served. */
export function fewAtOnce(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  let free = most
  const waiting: (() => void)[] = []
  return async function doOne<T>(work: () => Promise<T>): Promise<T> {
    if (free > 0) free--
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else free++
    }
  }
}
