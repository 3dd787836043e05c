/** Pairs that type together through unmodified providers, at a fixed rate whether or not earlier keystrokes have arrived. */
import { setTimeout as wait } from 'node:timers/promises'
import * as Y from 'yjs'
import { type OpenDocument, openDocument, isSaved } from '../../test/support/client.ts'
import { waitUntil } from '../../test/support/wait-until.ts'

/** One person: their open document, and the text in which nobody else types. */
export interface Typist {
  open: OpenDocument
  text: Y.Text
}

export type Pair = readonly [Typist, Typist]

/** Between two keystrokes of one person. */
const keystrokeIntervalMs = 40

/** @param textOf the text of the first (0) or the second (1) person */
export async function openPair(url: string, name: string, token: string, textOf: (document: Y.Doc, index: 0 | 1) => Y.Text): Promise<Pair> {
  const [one, two] = [await openDocument(url, name, token), await openDocument(url, name, token)]
  return [
    { open: one, text: textOf(one.document, 0) },
    { open: two, text: textOf(two.document, 1) },
  ]
}

export function closePairs(pairs: readonly Pair[]): void {
  for (const { open } of pairs.flat()) open.close()
}

/**
 * Lets all pairs type until some work ends, their keystrokes evenly spread.
 * @returns the result of the work, and for each keystroke the milliseconds until the other person of the pair had it
 */
export async function typeUntil<T>(pairs: readonly Pair[], work: Promise<T>): Promise<{ delaysMs: number[]; result: T }> {
  let isDone = false
  const finished = work.finally(() => (isDone = true))
  finished.catch(() => {})
  const delaysMs: number[] = []
  const began = performance.now()
  const typists = pairs.flatMap(([one, two]): Pair[] => [
    [one, two],
    [two, one],
  ])
  const startOf = (index: number) => began + (keystrokeIntervalMs * index) / typists.length
  await Promise.all(typists.map(([typist, other], index) => type(typist, other, startOf(index), delaysMs, () => isDone)))
  return { delaysMs, result: await finished }
}

export const typeFor = async (pairs: readonly Pair[], durationMs: number): Promise<number[]> =>
  (await typeUntil(pairs, wait(durationMs))).delaysMs

async function type({ open, text }: Typist, other: Typist, startAt: number, delaysMs: number[], isDone: () => boolean): Promise<void> {
  const { document } = other.open
  const { clientID } = open.document
  const first = Y.getState(open.document.store, clientID)
  const sentAt: number[] = []
  let arrived = 0
  const onUpdate = () => {
    const now = performance.now()
    const clock = Y.getState(document.store, clientID) - first
    for (; arrived < clock; arrived++) delaysMs.push(now - (sentAt[arrived] as number))
  }
  document.on('update', onUpdate)
  for (let at = startAt; !isDone(); at += keystrokeIntervalMs) {
    await wait(Math.max(0, at - performance.now()))
    sentAt.push(performance.now())
    text.insert(text.length, 'x')
  }
  await waitUntil(() => arrived === sentAt.length && isSaved(open), 'all keystrokes to arrive', 120_000)
  document.off('update', onUpdate)
}
