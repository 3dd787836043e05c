/** Pairs who write together: each person types by the clock, and what counts is when it is on the other's screen. */
import { setTimeout as wait } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import * as Y from 'yjs'
import { type Open, saved } from '../test/support/client.ts'
import { until } from '../test/support/until.ts'
import { putLoadFirst } from './processes.ts'

/** Two who have the same document open, and where each of them types. */
export type Pair = readonly [Writer, Writer]

export interface Writer {
  open: Open
  /** Nobody else types here. */
  line: Y.Text
}

// of this process, which is not what is measured: a collection of all of it is a pause of 50 ms
setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/**
 * For a load that is warm: nothing of it is compiled any more, which held it for up to 13 ms at a time and was told as the servers' doing. What was compiled
 * before stays.
 * @returns what lets it be compiled again
 */
export function compileNoMore(): () => void {
  const flags = ['opt', 'maglev']
  for (const flag of flags) setFlagsFromString(`--no-${flag}`)
  return () => {
    for (const flag of flags) setFlagsFromString(`--${flag}`)
  }
}

/** Between two keystrokes of one person, milliseconds. */
const pause = 40

/**
 * All type for so long, evenly spread. Nobody waits for what they typed before, so a stall counts for each keystroke that falls into it.
 * @param goesOn whether they go on, asked before each keystroke
 * @returns milliseconds from each keystroke until it was on the other's screen
 */
export async function typed(pairs: readonly Pair[], goesOn: (since: number) => boolean): Promise<number[]> {
  const seen: number[] = []
  collect()
  const back = putLoadFirst()
  const began = performance.now()
  const writers = pairs.flatMap(([one, two]): [Writer, Writer][] => [
    [one, two],
    [two, one],
  ])
  await Promise.all(writers.map((both, place) => typedBy(both, seen, began + (pause * place) / writers.length, goesOn))).finally(back)
  return seen
}

async function typedBy([{ open, line }, other]: [Writer, Writer], seen: number[], began: number, goesOn: (since: number) => boolean) {
  const { document } = other.open
  const { clientID } = open.document
  const sent: number[] = []
  const first = Y.getState(open.document.store, clientID)
  let arrived = 0
  const look = () => {
    const now = performance.now()
    const clock = Y.getState(document.store, clientID) - first
    for (; arrived < clock; arrived++) seen.push(now - (sent[arrived] as number))
  }
  document.on('update', look)
  for (let at = began; goesOn(at - began); at += pause) {
    await wait(Math.max(0, at - performance.now()))
    sent.push(performance.now())
    line.insert(line.length, 'x')
  }
  await until(() => arrived === sent.length && saved(open), 'all keystrokes to arrive', 2 * 60_000)
  document.off('update', look)
}
