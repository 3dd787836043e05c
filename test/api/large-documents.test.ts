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

const createParagraph = (text: string) => {
  const [element, content] = [new Y.XmlElement('paragraph'), new Y.XmlText()]
  content.insert(0, text)
  element.insert(0, [content])
  return element
}

const getText = (document: Y.Doc) => document.getXmlFragment('default')
const getBlockText = (document: Y.Doc, block: number) => (getText(document).get(block) as Y.XmlElement).get(0) as Y.XmlText

async function createLargeDraft(paragraphs: number): Promise<string> {
  const name = await createDraft(ann, 'Large')
  await ann.request('PUT', `/api/documents/${name}/members/${viewer.id}`, { role: 'viewer' })
  await node.write(name, ann.id, (document) =>
    getText(document).insert(
      0,
      Array.from({ length: paragraphs }, (_, n) => createParagraph(`words of paragraph ${n}`)),
    ),
  )
  return name
}

/** The same responses as `requestAll`, computed in this process. */
function computeDirectly(name: string, from: number, to: number) {
  return runQuery(node, async (context: QueryContext) => {
    const readNamesById = async (ids: string[]) => {
      const nameOf = await readNames(context, ids)
      return Object.fromEntries(ids.map((id) => [id, nameOf(id) as string]))
    }
    const id = toDocumentId(name)
    const state = await readStatePieces(context, id, to, to)
    const attribution = await readAttributionPieces(context, id)
    const { suggestions: suggested } = await computations.suggested({ newest: state, wrote: attribution, settled: [] })
    const expected = {
      state: (await computations.state({ past: state, time: null })).content,
      authorship: await computations.authorship({ past: state, wrote: attribution }, readNamesById),
      redline: await computations.redline({ moments: await readRevisionPair(context, id, [from, to]), wrote: attribution }, readNamesById),
      suggestions: suggested.map(({ id: suggestionId, inserted, deleted }) => [suggestionId, inserted, deleted]),
    }
    return JSON.parse(JSON.stringify(expected))
  })
}

async function requestAll(name: string, from: number, to: number) {
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
    suggestions: items.map((suggestion: { id: string; inserted: string; deleted: string }) => [
      suggestion.id,
      suggestion.inserted,
      suggestion.deleted,
    ]),
  }
}

test('the API’s responses about a large document equal a direct computation: from rows, a snapshot and edit sessions', async () => {
  const random = createRandom(readSeed('large documents'))
  const name = await createLargeDraft(4000)
  let newest = 1
  const edit = async () => {
    for (let edits = 0; edits < 30; edits++) {
      const block = Math.floor(random() * 3000)
      const author = random() < 0.5 ? ann.id : ben.id
      const { head } = await node.write(name, author, (document) => {
        const kind = random()
        if (kind < 0.2) getText(document).delete(block, 3)
        else if (kind < 0.4) getText(document).insert(block, [createParagraph('a new one')])
        else if (kind < 0.6)
          getBlockText(document, block).insert(0, `suggested ${edits} `, {
            insertion: { id: crypto.randomUUID(), author, at: '2026-01-01T00:00:00.000Z' },
          })
        else getBlockText(document, block).insert(2, `edit ${edits} `)
      })
      newest = head
    }
  }
  await edit()
  expect(await requestAll(name, 1, newest)).toEqual(await computeDirectly(name, 1, newest))
  await takeSnapshot(node, toDocumentId(name))
  await edit()
  expect(await requestAll(name, 20, newest)).toEqual(await computeDirectly(name, 20, newest))
  await compactHistory(node, toDocumentId(name))
  expect(await requestAll(name, newest, newest)).toEqual(await computeDirectly(name, newest, newest))
}, 120_000)

test('reads of a large document do not delay reads of others; too many reads by one person are refused', async () => {
  const [large, small] = [await createLargeDraft(15_000), await createDraft(ben)]
  const finished: string[] = []
  const read = async (person: Person, path: string, name: string): Promise<ApiResponse> => {
    const response = await person.request('GET', path)
    if (response.status === 200) finished.push(name)
    return response
  }
  // this starts the worker
  await read(viewer, `/api/documents/${large}/history/state`, 'first')
  const kinds = ['history/state', 'authorship', 'redline?from=0', 'suggestions', 'authorship', 'authorship', 'authorship', 'authorship']
  const largeReads = kinds.map((path) => read(viewer, `/api/documents/${large}/${path}`, 'large'))
  const smallReads = ['a', 'b', 'c'].map(() => read(ben, `/api/documents/${small}/history/state`, 'small'))
  expect((await Promise.all(smallReads)).map(({ status }) => status)).toEqual([200, 200, 200])
  const responses = await Promise.all(largeReads)
  expect(finished.slice(0, 4)).toEqual(['first', 'small', 'small', 'small'])
  expect(finished.length).toBeGreaterThan(4)
  expect(responses.every(({ status }) => status === 200 || status === 429)).toBe(true)
  const refused = responses.filter(({ status }) => status === 429)
  expect(refused.length).toBeGreaterThan(0)
  expect(refused[0]?.body).toMatchObject({ type: 'urn:problem:rate-limited' })
  expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0)
  expect((await viewer.request('GET', `/api/documents/${large}/history/state`)).status).toBe(200)
}, 120_000)

test('a large document is restored in several edits of the requester; concurrent edits of others are kept', async () => {
  const name = await createLargeDraft(8000)
  const { head: headBefore } = await node.write(name, ben.id, (document) => getText(document).delete(100, 6000))
  const restoring = ann.request('POST', `/api/documents/${name}/restore`, { at: 1 })
  for (let isRestored = false; !isRestored; ) {
    await node.write(name, ben.id, (document) => getBlockText(document, 0).insert(0, 'x'))
    isRestored = await Promise.race([restoring.then(() => true), new Promise<false>((resolve) => setImmediate(() => resolve(false)))])
  }
  const { status, body } = await restoring
  expect(status).toBe(200)
  expect(body.at).toBe(1)
  const rows = await node.journal.rowsAfter(toDocumentId(name), headBefore)
  const annsRows = rows.filter(({ actor }) => actor === ann.id)
  expect(annsRows.length).toBeGreaterThan(1)
  // edits from before the newest state was read are reverted with the rest
  const concurrentEdits = rows.filter(({ seq, actor }) => actor === ben.id && seq > (annsRows[0]?.seq ?? 0)).length
  expect(concurrentEdits).toBeGreaterThan(0)
  const { body: state } = await ann.request('GET', `/api/documents/${name}/history/state`)
  const [firstParagraph, ...otherParagraphs] = state.content.content.map((block: { content: { text: string }[] }) => block.content[0]?.text)
  expect(firstParagraph).toMatch(new RegExp(`^x{${concurrentEdits},}words of paragraph 0$`))
  expect(otherParagraphs).toEqual(Array.from({ length: 7999 }, (_, n) => `words of paragraph ${n + 1}`))
}, 120_000)
