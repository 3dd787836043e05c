/** Row `exports`: what those who type notice while a long document becomes Word and PDF, again and again, on the node that they are on. */
import type { JSONContent } from '@tiptap/core'
import * as Y from 'yjs'
import { updateOf } from '../domain/documents/content.ts'
import { draftOf, opened, type Person, register, saved } from '../test/support/client.ts'
import { until } from '../test/support/until.ts'
import { compileNoMore, type Pair, typed } from './pairs.ts'
import { keepAwake, startCrowd } from './processes.ts'
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
    let again = () => {}
    const warm = async (system: System) => {
      await warmed(system, asked.brief ? 3 : 300)
      await work(system)
      again = compileNoMore()
    }
    const sleep = keepAwake('load')
    const told = await inTurns([() => startSmartStart(asked)], asked.rounds, work, warm).finally(() => {
      again()
      sleep()
    })
    const rounds = told.get('SmartStart') ?? []
    const at = (share: number, what: 'alone' | 'exporting') => overall(rounds, (one) => one[what], share)
    const ratio = at(0.99, 'exporting') / at(0.99, 'alone')
    const line = (what: 'alone' | 'exporting') => `p50 ${at(0.5, what).toFixed(2)} ms, p99 ${at(0.99, what).toFixed(2)} ms`
    print('keystroke to the other screen, p99 while exporting', times(ratio), `${line('exporting')}; while not ${line('alone')}`)
    print('', '', `${middle(rounds, (one) => one.made)} files made a round`)
  },
}

/** Files of a short document, so many that what asks, hands over and keeps is as warm as on a server that runs for a while. */
async function warmed(system: System, files: number): Promise<void> {
  const url = system.nodes[0]?.url ?? ''
  const ann = await register(url, 'Ann')
  const name = await draftOf(ann, 'Short')
  const wanted = Array.from({ length: files }, () => ann.ask('POST', `/api/documents/${name}/exports`, { format: 'markdown' }))
  for (const { body } of await Promise.all(wanted))
    await until(async () => (await ann.ask('GET', `/api/exports/${body.id}`)).body.state === 'done', 'a file', 60_000)
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
  await typing(2000)
  const told: Round = { alone: [], exporting: [], made: 0 }
  for (let turn = 0; turn < pairs; turn++) {
    const stretches = [
      async () => {
        // as it is while files are made
        const sleep = keepAwake('servers')
        told.alone.push(...(await typing(stretch).finally(sleep)))
      },
      async () => {
        const [seen, made] = await exporting(ann, name, url, () => typing(stretch))
        told.exporting.push(...seen)
        told.made += made
      },
    ]
    for (const one of turn % 2 === 0 ? stretches : stretches.toReversed()) await one()
  }
  for (const { open } of pair) open.close()
  return told
}

/** Does something while others have files made without a pause. Answers how many were made meanwhile. */
async function exporting<T>(ann: Person, name: string, url: string, meanwhile: () => Promise<T>): Promise<[T, number]> {
  const crowd = startCrowd('ordering.ts', [url, ann.token, name, String(atOnce)])
  await crowd.told
  const answer = await meanwhile()
  return [answer, Number(await crowd.leave())]
}

/** One of the paragraphs in the middle of the document. */
const paragraphOf = (document: Y.Doc, place: number) =>
  (document.getXmlFragment('default').get(blocks / 2 + place) as Y.XmlElement).get(0) as Y.XmlText

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
