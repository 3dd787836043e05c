/** Row `exports`: what those who type notice while a long document becomes Word and PDF, again and again, on the node that they are on. */
import { setTimeout as wait } from 'node:timers/promises'
import type { JSONContent } from '@tiptap/core'
import * as Y from 'yjs'
import { updateOf } from '../domain/documents/content.ts'
import { draftOf, opened, type Person, register, saved } from '../test/support/client.ts'
import { until } from '../test/support/until.ts'
import { type Pair, typed } from './pairs.ts'
import { print, type Row, times } from './row.ts'
import { startSmartStart, type System } from './systems.ts'
import { inTurns, middle, overall } from './turns.ts'

const blocks = 1200
/** Exports that wait or are worked on at any time, so that the worker is never idle. */
const atOnce = 4
/** Length of a stretch of typing, milliseconds. */
const stretch = 5000

interface Round {
  alone: number[]
  exporting: number[]
  made: number
}

export const exports: Row = {
  name: 'exports',
  title: `a pair types in a document of ${blocks} blocks while the same node makes Word and PDF of it`,
  async run(asked) {
    const work = (system: System) => round(system, asked.brief ? 1 : 4)
    const told = await inTurns([() => startSmartStart(asked)], asked.rounds, work, asked.brief ? undefined : work)
    const rounds = told.get('SmartStart') ?? []
    const at = (share: number, what: 'alone' | 'exporting') => overall(rounds, (one) => one[what], share)
    const ratio = at(0.99, 'exporting') / at(0.99, 'alone')
    const line = (what: 'alone' | 'exporting') => `p50 ${at(0.5, what).toFixed(2)} ms, p99 ${at(0.99, what).toFixed(2)} ms`
    print('keystroke to the other screen, p99 while exporting', times(ratio), `${line('exporting')}; while not ${line('alone')}`)
    print('', '', `${middle(rounds, (one) => one.made)} files made a round`)
  },
}

/** Stretches of typing, by turns with exports and without, equally many and equally long; which comes first changes with each pair. */
async function round(system: System, pairs: number): Promise<Round> {
  const url = system.nodes[0]?.url ?? ''
  const ann = await register(url, 'Ann')
  const name = await draftOf(ann, 'Long')
  const [one, two] = [await opened(url, name, ann.token), await opened(url, name, ann.token)]
  Y.applyUpdate(one.document, await updateOf(long()))
  await until(() => saved(one) && two.document.getXmlFragment('default').length === blocks, 'the long text to arrive', 60_000)
  const pair: Pair = [
    { open: one, line: paragraphOf(one.document, 1) },
    { open: two, line: paragraphOf(two.document, 2) },
  ]
  const typing = (milliseconds: number) => typed([pair], (since) => since < milliseconds)
  // once, so that the worker is there and its code is read
  await Promise.all(['docx', 'pdf'].map((format) => file(ann, name, format)))
  await typing(2000)
  const told: Round = { alone: [], exporting: [], made: 0 }
  for (let turn = 0; turn < pairs; turn++) {
    const stretches = [
      async () => told.alone.push(...(await typing(stretch))),
      async () => {
        const [seen, made] = await exporting(ann, name, () => typing(stretch))
        told.exporting.push(...seen)
        told.made += made
      },
    ]
    for (const one of turn % 2 === 0 ? stretches : stretches.toReversed()) await one()
  }
  for (const { open } of pair) open.close()
  return told
}

/** Does something while files are made without a pause, from the first that is under way to the end. Answers how many were done meanwhile. */
async function exporting<T>(person: Person, name: string, meanwhile: () => Promise<T>): Promise<[T, number]> {
  let over = false
  let made = 0
  const orders = Array.from({ length: atOnce }, async (_, n) => {
    for (let turn = n; !over; turn++) {
      await file(person, name, turn % 2 === 0 ? 'docx' : 'pdf')
      if (!over) made++
    }
  })
  try {
    await until(() => made > 0, 'the first file', 5 * 60_000)
    made = 0
    const answer = await meanwhile()
    return [answer, made]
  } finally {
    over = true
    await Promise.allSettled(orders)
  }
}

/** One of the paragraphs in the middle of the document. */
const paragraphOf = (document: Y.Doc, place: number) =>
  (document.getXmlFragment('default').get(blocks / 2 + place) as Y.XmlElement).get(0) as Y.XmlText

async function file(person: Person, name: string, format: string): Promise<void> {
  const { body } = await person.ask('POST', `/api/documents/${name}/exports`, { format })
  for (;;) {
    const { body: now } = await person.ask('GET', `/api/exports/${body.id}`)
    if (now.state === 'done') return
    if (now.state === 'failed') throw new Error(`an export failed: ${now.problem}`)
    await wait(200)
  }
}

/** A long agreement: headings, paragraphs of some lines, lists and a table now and then. */
function long(): JSONContent {
  const words = 'The parties agree that what is said here holds for them and for whoever comes after them in the company. '
  const paragraph = (n: number) => ({ type: 'paragraph', content: [{ type: 'text', text: `${n}. ${words.repeat(3)}` }] })
  const content = Array.from({ length: blocks }, (_, n): JSONContent => {
    if (n % 20 === 0) return { type: 'heading', attrs: { level: 2 }, content: [{ type: 'text', text: `Section ${n / 20 + 1}` }] }
    if (n % 20 === 7) return { type: 'bulletList', content: [n, n + 1].map((at) => ({ type: 'listItem', content: [paragraph(at)] })) }
    if (n % 100 === 51)
      return {
        type: 'table',
        content: [1, 2, 3].map((row) => ({
          type: 'tableRow',
          content: [1, 2].map((at) => ({ type: 'tableCell', content: [paragraph(row * at)] })),
        })),
      }
    return paragraph(n)
  })
  return { type: 'doc', content }
}
