/** Large documents: a worker thread computes the responses about them. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as Y from 'yjs'
import { readAttributionPieces } from '../../domain/documents/journal/attribution.ts'
import { computations } from '../../domain/history/worker/computations.ts'
import { readNames } from '../../domain/users/display-name.ts'
import { readStatePieces } from '../../domain/documents/journal/past-reader.ts'
import { readRevisionPair } from '../../domain/history/state-at.ts'
import type { QueryContext } from '../../domain/kernel/operation.ts'
import type { Node } from '../../main.ts'
import { type ApiResponse, createDraft, type Person, registerPerson } from '../support/client.ts'
import { createEmptyDatabase, startNode } from '../support/node.ts'
import { compactHistory, toDocumentId, runQuery, takeSnapshot } from '../support/journal-history.ts'
import { createRandom, readSeed } from '../support/random.ts'

let node: Node
let remove: () => Promise<void>
let ann: Person
let ben: Person
let viewer: Person
beforeAll(async () => {
  const database = await createEmptyDatabase()
  remove = database.remove
  node = await startNode({ ...database.env, LIMITS: 'on' }, { LIMIT_WAITING_READS: '4' })
  ann = await registerPerson(node.url, 'Ann')
  ben = await registerPerson(node.url, 'Ben')
  viewer = await registerPerson(node.url, 'Vic')
})
afterAll(async () => {
  await node.stop()
  await remove()
})

const paragraph = (text: string) => {
  const [element, words] = [new Y.XmlElement('paragraph'), new Y.XmlText()]
  words.insert(0, text)
  element.insert(0, [words])
  return element
}

const textOf = (document: Y.Doc) => document.getXmlFragment('default')
const wordsAt = (document: Y.Doc, block: number) => (textOf(document).get(block) as Y.XmlElement).get(0) as Y.XmlText

async function largeDraft(paragraphs: number): Promise<string> {
  const name = await createDraft(ann, 'Large')
  await ann.request('PUT', `/api/documents/${name}/members/${viewer.id}`, { role: 'viewer' })
  await node.write(name, ann.id, (document) =>
    textOf(document).insert(
      0,
      Array.from({ length: paragraphs }, (_, n) => paragraph(`words of paragraph ${n}`)),
    ),
  )
  return name
}

/** The same responses as `overApi`, computed in this process. */
function direct(name: string, from: number, to: number) {
  return runQuery(node, async (view: QueryContext) => {
    const names = async (ids: string[]) => {
      const nameOf = await readNames(view, ids)
      return Object.fromEntries(ids.map((id) => [id, nameOf(id) as string]))
    }
    const id = toDocumentId(name)
    const past = await readStatePieces(view, id, to, to)
    const wrote = await readAttributionPieces(view, id)
    const { suggestions: suggested } = await computations.suggested({ newest: past, wrote, settled: [] })
    const told = {
      state: (await computations.state({ past, time: null })).content,
      authorship: await computations.authorship({ past, wrote }, names),
      redline: await computations.redline({ moments: await readRevisionPair(view, id, [from, to]), wrote }, names),
      suggestions: suggested.map(({ id: one, inserted, deleted }) => [one, inserted, deleted]),
    }
    return JSON.parse(JSON.stringify(told))
  })
}

async function overApi(name: string, from: number, to: number) {
  const read = async (path: string) => {
    const { status, body } = await viewer.request('GET', `/api/documents/${name}/${path}`)
    expect([path, status]).toEqual([path, 200])
    return body
  }
  const { items } = await read('suggestions?limit=100')
  return {
    state: (await read(`history/state?at=${to}`)).content,
    authorship: await read(`authorship?at=${to}`),
    redline: await read(`redline?from=${from}&to=${to}`),
    suggestions: items.map((one: { id: string; inserted: string; deleted: string }) => [one.id, one.inserted, one.deleted]),
  }
}

test('the API’s responses about a large document equal a direct computation: from rows, a snapshot and edit sessions', async () => {
  const random = createRandom(readSeed('large documents'))
  const name = await largeDraft(4000)
  let last = 1
  const edit = async () => {
    for (let edits = 0; edits < 30; edits++) {
      const place = Math.floor(random() * 3000)
      const by = random() < 0.5 ? ann.id : ben.id
      const { head } = await node.write(name, by, (document) => {
        const what = random()
        if (what < 0.2) textOf(document).delete(place, 3)
        else if (what < 0.4) textOf(document).insert(place, [paragraph('a new one')])
        else if (what < 0.6)
          wordsAt(document, place).insert(0, `suggested ${edits} `, {
            insertion: { id: crypto.randomUUID(), author: by, at: '2026-01-01T00:00:00.000Z' },
          })
        else wordsAt(document, place).insert(2, `edit ${edits} `)
      })
      last = head
    }
  }
  await edit()
  expect(await overApi(name, 1, last)).toEqual(await direct(name, 1, last))
  await takeSnapshot(node, toDocumentId(name))
  await edit()
  expect(await overApi(name, 20, last)).toEqual(await direct(name, 20, last))
  await compactHistory(node, toDocumentId(name))
  expect(await overApi(name, last, last)).toEqual(await direct(name, last, last))
}, 120_000)

test('reads of a large document do not delay reads of others; too many reads by one person are refused', async () => {
  const [large, small] = [await largeDraft(15_000), await createDraft(ben)]
  const ended: string[] = []
  const read = async (person: Person, path: string, name: string): Promise<ApiResponse> => {
    const answered = await person.request('GET', path)
    if (answered.status === 200) ended.push(name)
    return answered
  }
  // this starts the worker
  await read(viewer, `/api/documents/${large}/history/state`, 'first')
  const kinds = ['history/state', 'authorship', 'redline?from=0', 'suggestions', 'authorship', 'authorship', 'authorship', 'authorship']
  const reads = kinds.map((what) => read(viewer, `/api/documents/${large}/${what}`, 'large'))
  const others = ['a', 'b', 'c'].map(() => read(ben, `/api/documents/${small}/history/state`, 'small'))
  expect((await Promise.all(others)).map(({ status }) => status)).toEqual([200, 200, 200])
  const answers = await Promise.all(reads)
  expect(ended.slice(0, 4)).toEqual(['first', 'small', 'small', 'small'])
  expect(ended.length).toBeGreaterThan(4)
  expect(answers.every(({ status }) => status === 200 || status === 429)).toBe(true)
  const refused = answers.filter(({ status }) => status === 429)
  expect(refused.length).toBeGreaterThan(0)
  expect(refused[0]?.body).toMatchObject({ type: 'urn:problem:rate-limited' })
  expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0)
  expect((await viewer.request('GET', `/api/documents/${large}/history/state`)).status).toBe(200)
}, 120_000)

test('a large document is restored in several edits of the requester; concurrent edits of others are kept', async () => {
  const name = await largeDraft(8000)
  const { head: before } = await node.write(name, ben.id, (document) => textOf(document).delete(100, 6000))
  const restoring = ann.request('POST', `/api/documents/${name}/restore`, { at: 1 })
  for (let done = false; !done; ) {
    await node.write(name, ben.id, (document) => wordsAt(document, 0).insert(0, 'x'))
    done = await Promise.race([restoring.then(() => true), new Promise<false>((resolve) => setImmediate(() => resolve(false)))])
  }
  const { status, body } = await restoring
  expect(status).toBe(200)
  expect(body.at).toBe(1)
  const rows = await node.journal.rowsAfter(toDocumentId(name), before)
  const anns = rows.filter(({ actor }) => actor === ann.id)
  expect(anns.length).toBeGreaterThan(1)
  // edits from before the newest state was read are reverted with the rest
  const meanwhile = rows.filter(({ seq, actor }) => actor === ben.id && seq > (anns[0]?.seq ?? 0)).length
  expect(meanwhile).toBeGreaterThan(0)
  const { body: state } = await ann.request('GET', `/api/documents/${name}/history/state`)
  const [first, ...others] = state.content.content.map((block: { content: { text: string }[] }) => block.content[0]?.text)
  expect(first).toMatch(new RegExp(`^x{${meanwhile},}words of paragraph 0$`))
  expect(others).toEqual(Array.from({ length: 7999 }, (_, n) => `words of paragraph ${n + 1}`))
}, 120_000)
