/**
 * What holding a document to the rules of its sections costs an edit: none, mending (as it is done), and refusing before the edit is
 * applied, which takes a second copy of the document to try it in. `node bench/sections.ts`. Microseconds an edit; the ratio counts.
 */
import * as Y from 'yjs'
import { holdToSections } from '../collab/mending.ts'
import { judged, putEntry } from '../domain/documents/section.ts'
import { boardSections } from '../domain/spaces/board.ts'
import { tasks } from '../domain/spaces/task.ts'

const cards = 200
const words = 3000
const edits = 5000
const origin = { source: 'connection' }

/** A space with a text and a board. */
function space(): Uint8Array {
  const document = new Y.Doc()
  const text = new Y.XmlText('word '.repeat(words))
  document.getXmlFragment('default').insert(0, [text])
  for (let n = 0; n < cards; n++) putEntry(document, tasks, `t${n}`, { title: `Task ${n}`, status: 'TODO', order: `V${n}`, text: '' })
  return Y.encodeStateAsUpdate(document)
}

/** The updates of somebody who types in the text, or works on cards. */
function updatesOf(state: Uint8Array, edit: (document: Y.Doc, n: number) => void): Uint8Array[] {
  const document = new Y.Doc()
  Y.applyUpdate(document, state)
  const updates: Uint8Array[] = []
  document.on('update', (update: Uint8Array) => updates.push(update))
  for (let n = 0; n < edits; n++) edit(document, n)
  return updates
}

type Way = (document: Y.Doc, state: Uint8Array) => (update: Uint8Array) => void
const ways: Record<string, Way> = {
  none: (document) => (update) => Y.applyUpdate(document, update, origin),
  mending: (document) => {
    const live = { document, write: (_: null, change: () => void) => document.transact(change) }
    holdToSections(live as never, boardSections, () => {})
    return (update) => Y.applyUpdate(document, update, origin)
  },
  refusing: (document, state) => {
    const trial = new Y.Doc()
    Y.applyUpdate(trial, state)
    let fine = true
    for (const section of boardSections) {
      const entries = trial.getMap(section.name)
      entries.observeDeep((events) => {
        for (const { path, target, changes } of events) {
          for (const id of (target as unknown) === entries ? changes.keys.keys() : [String(path[0])]) {
            fine = judged(section, id, entries.get(id), undefined).problems.length === 0
          }
        }
      })
    }
    return (update) => {
      Y.applyUpdate(trial, update, origin)
      if (fine) Y.applyUpdate(document, update, origin)
    }
  },
}

const state = space()
const works = {
  'a keystroke in the text': updatesOf(state, (document, n) => {
    const text = document.getXmlFragment('default').get(0) as Y.XmlText
    text.insert(100 + n, 'x')
  }),
  'a card moved': updatesOf(state, (document, n) =>
    putEntry(document, tasks, `t${n % cards}`, { status: n % 2 ? 'DOING' : 'DONE', order: `W${n}` }),
  ),
}

for (const [work, updates] of Object.entries(works)) {
  const best = new Map<string, number>()
  for (let round = 0; round < 7; round++) {
    for (const [name, way] of Object.entries(ways)) {
      const document = new Y.Doc()
      Y.applyUpdate(document, state)
      const take = way(document, state)
      const began = performance.now()
      for (const update of updates) take(update)
      const each = ((performance.now() - began) * 1000) / updates.length
      best.set(name, Math.min(best.get(name) ?? Number.POSITIVE_INFINITY, each))
    }
  }
  const none = best.get('none') as number
  for (const [name, each] of best)
    console.log(`${work.padEnd(26)} ${name.padEnd(10)} ${each.toFixed(1).padStart(6)} µs  ${(each / none).toFixed(2)} x`)
}
