/** Row `exports`: what those who type notice while a long document becomes Word and PDF, again and again, on the node that they are on. */
import { setTimeout as wait } from 'node:timers/promises'
import type { JSONContent } from '@tiptap/core'
import * as Y from 'yjs'
import { updateOf } from '../domain/documents/content.ts'
import { draftOf, type Open, opened, type Person, register, saved } from '../test/support/client.ts'
import { until } from '../test/support/until.ts'
import { percentile, typeOneByOne } from './keystrokes.ts'
import { print, type Row, times } from './row.ts'
import { startSmartStart, type System } from './systems.ts'
import { inTurns, middle } from './turns.ts'

const blocks = 1200
/** Exports that wait or are worked on at any time, so that the thread is never idle. */
const atOnce = 4
/** Pause between two keystrokes, milliseconds: two people, each very fast. */
const pause = 10

interface Round {
  alone: number[]
  exporting: number[]
  made: number
}

export const exports: Row = {
  name: 'exports',
  title: `a pair types in a document of ${blocks} blocks while the same node makes Word and PDF of it`,
  async run(asked) {
    const told = await inTurns([() => startSmartStart(asked)], asked.rounds, (system) => round(system, asked.brief ? 400 : 1500))
    const rounds = told.get('SmartStart')
    const p99 = (what: 'alone' | 'exporting') => (one: Round) => percentile(one[what], 0.99)
    const p50 = (what: 'alone' | 'exporting') => (one: Round) => percentile(one[what], 0.5)
    const share = middle(rounds, (one) => p99('exporting')(one) / p99('alone')(one))
    const line = (what: 'alone' | 'exporting') =>
      `p50 ${middle(rounds, p50(what)).toFixed(2)} ms, p99 ${middle(rounds, p99(what)).toFixed(2)} ms`
    print('keystroke to the other screen, p99 while exporting', times(share), `${line('exporting')}; while not ${line('alone')}`)
    print('', '', `${middle(rounds, (one) => one.made)} files made a round`)
  },
}

async function round(system: System, keystrokes: number): Promise<Round> {
  const url = system.nodes[0]?.url ?? ''
  const ann = await register(url, 'Ann')
  const name = await draftOf(ann, 'Long')
  const author = await opened(url, name, ann.token)
  const watcher = await opened(url, name, ann.token)
  Y.applyUpdate(author.document, await updateOf(long()))
  await until(() => saved(author) && watcher.document.getXmlFragment('default').length === blocks, 'the long text to arrive', 60_000)
  // once, so that the thread is there and its code is read
  await Promise.all(['docx', 'pdf'].map((format) => file(ann, name, format)))
  await typed(author, watcher, 200)
  const alone = await typed(author, watcher, keystrokes)
  let over = false
  let made = 0
  const orders = Array.from({ length: atOnce }, async (_, n) => {
    for (let turn = n; !over; turn++) {
      await file(ann, name, turn % 2 === 0 ? 'docx' : 'pdf')
      made++
    }
  })
  await until(() => made > 0, 'the first file', 60_000)
  const exporting = await typed(author, watcher, keystrokes)
  over = true
  await Promise.all(orders)
  author.close()
  watcher.close()
  return { alone, exporting, made }
}

async function typed(author: Open, watcher: Open, keystrokes: number): Promise<number[]> {
  const seen: number[] = []
  for (let n = 0; n < keystrokes; n++) {
    seen.push(...(await typeOneByOne(author, watcher, [[0, 0, 'x']])).seen)
    await wait(pause)
  }
  return seen
}

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
