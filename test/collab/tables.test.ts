/** The server repairs tables whose rows have different lengths after concurrent edits. Repairs by several nodes or editors do not accumulate. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { freezeDocument } from '../../domain/documents/document.ts'
import { needsTableRepair, repairTable } from '../../domain/documents/richtext/tables.ts'
import type { Node } from '../../main.ts'
import { toPersonActor, createDraft, type OpenDocument, openDocument, type Person, registerPerson, isSaved } from '../support/client.ts'
import { createEmptyDatabase, getEmptyNode, usesPostgres, startNode } from '../support/node.ts'
import { findEditsOnOpen } from '../support/editor-normalization.ts'
import { createRandom, chooseSize, readSeed } from '../support/random.ts'
import { waitUntil } from '../support/wait-until.ts'

const open: OpenDocument[] = []
afterAll(() => {
  for (const { close } of open) close()
})

function cellOf(words = ''): Y.XmlElement {
  const cell = new Y.XmlElement('tableCell')
  for (const span of ['colspan', 'rowspan']) cell.setAttribute(span, 1 as unknown as string)
  const paragraph = new Y.XmlElement('paragraph')
  if (words) paragraph.insert(0, [new Y.XmlText(words)])
  cell.insert(0, [paragraph])
  return cell
}

function rowOf(cells: number, words = ''): Y.XmlElement {
  const row = new Y.XmlElement('tableRow')
  row.insert(
    0,
    Array.from({ length: cells }, () => cellOf(words)),
  )
  return row
}

/** Inserts a table of two rows and two columns at the beginning of a text. */
function insertTable(document: Y.Doc) {
  const table = new Y.XmlElement('table')
  table.insert(0, [rowOf(2, 'a'), rowOf(2, 'b')])
  document.getXmlFragment('default').insert(0, [table])
}

const tableIn = (document: Y.Doc) => document.getXmlFragment('default').get(0) as Y.XmlElement
const rowsIn = (document: Y.Doc) => (tableIn(document)?.toArray() ?? []) as Y.XmlElement[]
const shapeOf = (document: Y.Doc) => rowsIn(document).map((row) => row.length)
const addColumn = (document: Y.Doc, at = 1) =>
  document.transact(() => {
    for (const row of rowsIn(document)) row.insert(Math.min(at, row.length), [cellOf()])
  })
/** Adds a row as wide as the first, not counting the cells that a repair added. */
const addRow = (document: Y.Doc, at = 1) => {
  tableIn(document).insert(at, [rowOf(ownCells(rowsIn(document)[0]).length)])
}
const ownCells = (row?: Y.XmlElement) => ((row?.toArray() ?? []) as Y.XmlElement[]).filter((cell) => !cell.getAttribute('filler'))

/** Waits until the documents have a table of this shape, and checks that an editor does not change it when it opens. */
async function becomes(documents: Y.Doc[], shape: number[]) {
  for (const document of documents) await expect.poll(() => shapeOf(document), { message: 'cells of each row' }).toEqual(shape)
  for (const document of documents) expect(findEditsOnOpen(document)).toEqual([])
}

const exchange = (documents: Y.Doc[]) => {
  for (const from of documents) for (const to of documents) Y.applyUpdate(to, Y.encodeStateAsUpdate(from, Y.encodeStateVector(to)))
  for (const from of documents) for (const to of documents) Y.applyUpdate(to, Y.encodeStateAsUpdate(from, Y.encodeStateVector(to)))
}

test('concurrent repairs by two replicas and an editor leave no extra cell after the next repair', () => {
  const [one, other, editor] = [new Y.Doc(), new Y.Doc(), new Y.Doc()] as [Y.Doc, Y.Doc, Y.Doc]
  const all = [one, other, editor]
  insertTable(one)
  exchange(all)
  addColumn(one)
  addRow(other)
  exchange(all)
  expect(shapeOf(one)).toEqual([3, 2, 3])
  for (const document of [one, other]) repairTable(tableIn(document))
  rowsIn(editor)[1]?.push([cellOf('by hand')])
  exchange(all)
  expect(shapeOf(one)).toEqual([3, 5, 3])
  for (const document of [one, other]) repairTable(tableIn(document))
  exchange(all)
  for (const document of all)
    expect([shapeOf(document), rowsIn(document)[1]?.toString()]).toEqual([[3, 3, 3], expect.stringContaining('by hand')])
  expect(repairTable(tableIn(one))).toBe(false)
})

test('concurrent rows, columns, words and repairs give an even table without extra columns (property)', () => {
  const seed = readSeed('tables')
  const random = createRandom(seed)
  const below = (most: number) => Math.floor(random() * most)
  const rounds = chooseSize(20, 60)
  for (let round = 0; round < rounds; round++) {
    const documents = Array.from({ length: 2 + below(3) }, () => new Y.Doc())
    insertTable(documents[0] as Y.Doc)
    exchange(documents)
    let [columns, words] = [2, 0]
    for (let step = 0; step < 40; step++) {
      const document = documents[below(documents.length)] as Y.Doc
      const rows = rowsIn(document)
      const cells = ownCells(rows[below(rows.length)])
      const what = below(6)
      if (what === 0) {
        addColumn(document, below(4))
        columns++
      } else if (what === 1) addRow(document, below(rows.length + 1))
      else if (what === 2) {
        cells[below(cells.length)]?.insert(0, [wordsOf(`w${words++};`)])
      } else if (what === 3) repairTable(tableIn(document))
      else exchange([document, documents[below(documents.length)] as Y.Doc])
    }
    exchange(documents)
    // each node repairs after its own writes, so repeat until the last repair has been exchanged
    for (let look = 0; look < 3; look++) {
      for (const document of documents) repairTable(tableIn(document))
      exchange(documents)
    }
    const [first] = documents as [Y.Doc]
    const told = `SEED=${seed}, round ${round}: ${shapeOf(first).join()}`
    expect(needsTableRepair(tableIn(first)), told).toBe(false)
    expect(shapeOf(first)[0], told).toBeLessThanOrEqual(columns)
    for (const document of documents) expect(tableIn(document).toString(), told).toBe(tableIn(first).toString())
  }
})

function wordsOf(words: string): Y.XmlElement {
  const paragraph = new Y.XmlElement('paragraph')
  paragraph.insert(0, [new Y.XmlText(words)])
  return paragraph
}

describe('on a node', () => {
  let node: Node
  let ann: Person
  beforeAll(async () => {
    node = await getEmptyNode()
    ann = await registerPerson(node.url, 'Ann')
  })

  async function draft() {
    const name = await createDraft(ann)
    const [here, there] = [await openDocument(node.url, name, ann.token), await openDocument(node.url, name, ann.token)]
    open.push(here, there)
    insertTable(here.document)
    await waitUntil(() => shapeOf(there.document).length === 2, 'the table')
    return { name, id: name.split(':')[1] as string, here, there }
  }

  test('a row and a column added concurrently are repaired by one row without an author', async () => {
    const { id, here, there } = await draft()
    addColumn(here.document)
    addRow(there.document)
    await becomes([here.document, there.document], [3, 3, 3])
    await waitUntil(() => isSaved(here) && isSaved(there), 'all to be saved')
    expect((await node.journal.rowsAfter(id, 0)).map(({ actor }) => actor)).toEqual([ann.id, ann.id, ann.id, null])
    // an older editor also repairs
    addColumn(here.document)
    addRow(there.document)
    rowsIn(there.document)[1]?.push([cellOf()])
    await expect.poll(() => needsTableRepair(tableIn(here.document))).toBe(false)
    await becomes([here.document, there.document], [4, 4, 4, 4])
  })

  test('an uneven table is repaired when its document is opened, unless the document is frozen', async () => {
    for (const frozen of [false, true]) {
      const documentName = await createDraft(ann)
      const id = documentName.split(':')[1] as string
      const document = new Y.Doc()
      insertTable(document)
      rowsIn(document)[0]?.push([cellOf()])
      await node.journal.append(id, ann.id, Y.encodeStateAsUpdate(document))
      const actor = toPersonActor(ann)
      if (frozen) await node.domain.run(actor, freezeDocument, { documentName })
      const one = await openDocument(node.url, documentName, ann.token)
      open.push(one)
      if (!frozen) await becomes([one.document], [3, 3])
      const state = await ann.request('GET', `/api/documents/${documentName}/history/state`)
      expect(state.body.content.content[0].content.map(({ content }: { content: unknown[] }) => content.length)).toEqual([3, 3])
      if (frozen) expect([shapeOf(one.document), one.refusalReason()]).toEqual([[3, 2], undefined])
      expect((await node.journal.rowsAfter(id, 1)).map(({ actor }) => actor)).toEqual(frozen ? [] : [null])
    }
  })

  test('a table without cells is removed, and rows without cells are filled', async () => {
    const { here, there } = await draft()
    here.document.transact(() => rowsIn(here.document)[0]?.delete(0, 2))
    await becomes([here.document, there.document], [2, 2])
    here.document.transact(() => {
      for (const row of rowsIn(here.document)) row.delete(0, 2)
    })
    await expect.poll(() => there.document.getXmlFragment('default').toString()).toBe('<paragraph></paragraph>')
  })
})

test('one repair makes any table even, wherever it has filler cells of earlier repairs', () => {
  const random = createRandom(readSeed('tables with fillers'))
  const below = (end: number) => Math.floor(random() * end)
  for (let n = 0; n < chooseSize(1000, 20_000); n++) {
    const table = new Y.XmlElement('table')
    new Y.Doc().getXmlFragment('default').insert(0, [table])
    for (let row = rowOf(below(4)), left = 1 + below(4); left > 0; row = rowOf(below(4)), left--) {
      table.push([row])
      for (const cell of row.toArray() as Y.XmlElement[]) {
        if (random() < 0.2) cell.setAttribute('filler', true as unknown as string)
        else for (const span of ['colspan', 'rowspan']) if (random() < 0.4) cell.setAttribute(span, (1 + below(4)) as unknown as string)
      }
    }
    const before = table.toString()
    repairTable(table)
    if (!table._item?.deleted) expect(needsTableRepair(table), before).toBe(false)
  }
})

describe.skipIf(!usesPostgres || process.env.TEST_REDIS_URL === undefined)('on two nodes', () => {
  test('repeatedly adding a column on one node and a row on the other gives an even table without extra columns', async () => {
    const { env, remove } = await createEmptyDatabase()
    const nodes = [await startNode(env), await startNode(env)]
    try {
      const ann = await registerPerson(nodes[0]?.url as string, 'Ann')
      const name = await createDraft(ann)
      const [here, there] = (await Promise.all(nodes.map(({ url }) => openDocument(url, name, ann.token)))) as [OpenDocument, OpenDocument]
      insertTable(here.document)
      await waitUntil(() => shapeOf(there.document).length === 2, 'the table')
      for (let n = 1; n <= 5; n++) {
        addColumn(here.document)
        addRow(there.document)
        await becomes(
          [here.document, there.document],
          Array.from({ length: 2 + n }, () => 2 + n),
        )
      }
      for (const one of [here, there]) one.close()
    } finally {
      for (const node of nodes) await node.stop()
      await remove()
    }
  })
})
