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

const openDocuments: OpenDocument[] = []
afterAll(() => {
  for (const { close } of openDocuments) close()
})

function createCell(text = ''): Y.XmlElement {
  const cell = new Y.XmlElement('tableCell')
  for (const span of ['colspan', 'rowspan']) cell.setAttribute(span, 1 as unknown as string)
  const paragraph = new Y.XmlElement('paragraph')
  if (text) paragraph.insert(0, [new Y.XmlText(text)])
  cell.insert(0, [paragraph])
  return cell
}

function createRow(cells: number, text = ''): Y.XmlElement {
  const row = new Y.XmlElement('tableRow')
  row.insert(
    0,
    Array.from({ length: cells }, () => createCell(text)),
  )
  return row
}

/** Inserts a table of two rows and two columns at the beginning of a text. */
function insertTable(document: Y.Doc) {
  const table = new Y.XmlElement('table')
  table.insert(0, [createRow(2, 'a'), createRow(2, 'b')])
  document.getXmlFragment('default').insert(0, [table])
}

const getTable = (document: Y.Doc) => document.getXmlFragment('default').get(0) as Y.XmlElement
const getRows = (document: Y.Doc) => (getTable(document)?.toArray() ?? []) as Y.XmlElement[]
const countCells = (document: Y.Doc) => getRows(document).map((row) => row.length)
const addColumn = (document: Y.Doc, at = 1) =>
  document.transact(() => {
    for (const row of getRows(document)) row.insert(Math.min(at, row.length), [createCell()])
  })
/** Adds a row as wide as the first, not counting the cells that a repair added. */
const addRow = (document: Y.Doc, at = 1) => {
  getTable(document).insert(at, [createRow(withoutFillers(getRows(document)[0]).length)])
}
const withoutFillers = (row?: Y.XmlElement) => ((row?.toArray() ?? []) as Y.XmlElement[]).filter((cell) => !cell.getAttribute('filler'))

/** Waits until the documents have a table of this shape, and checks that an editor does not change it when it opens. */
async function expectShape(documents: Y.Doc[], shape: number[]) {
  for (const document of documents) await expect.poll(() => countCells(document), { message: 'cells of each row' }).toEqual(shape)
  for (const document of documents) expect(findEditsOnOpen(document)).toEqual([])
}

const exchange = (documents: Y.Doc[]) => {
  for (const from of documents) for (const to of documents) Y.applyUpdate(to, Y.encodeStateAsUpdate(from, Y.encodeStateVector(to)))
  for (const from of documents) for (const to of documents) Y.applyUpdate(to, Y.encodeStateAsUpdate(from, Y.encodeStateVector(to)))
}

test('concurrent repairs by two replicas and an editor leave no extra cell after the next repair', () => {
  const [firstReplica, secondReplica, editor] = [new Y.Doc(), new Y.Doc(), new Y.Doc()] as [Y.Doc, Y.Doc, Y.Doc]
  const replicas = [firstReplica, secondReplica, editor]
  insertTable(firstReplica)
  exchange(replicas)
  addColumn(firstReplica)
  addRow(secondReplica)
  exchange(replicas)
  expect(countCells(firstReplica)).toEqual([3, 2, 3])
  for (const document of [firstReplica, secondReplica]) repairTable(getTable(document))
  getRows(editor)[1]?.push([createCell('by hand')])
  exchange(replicas)
  expect(countCells(firstReplica)).toEqual([3, 5, 3])
  for (const document of [firstReplica, secondReplica]) repairTable(getTable(document))
  exchange(replicas)
  for (const document of replicas)
    expect([countCells(document), getRows(document)[1]?.toString()]).toEqual([[3, 3, 3], expect.stringContaining('by hand')])
  expect(repairTable(getTable(firstReplica))).toBe(false)
})

test('concurrent rows, columns, words and repairs give an even table without extra columns (property)', () => {
  const seed = readSeed('tables')
  const random = createRandom(seed)
  const chooseBelow = (limit: number) => Math.floor(random() * limit)
  const rounds = chooseSize(20, 60)
  for (let round = 0; round < rounds; round++) {
    const documents = Array.from({ length: 2 + chooseBelow(3) }, () => new Y.Doc())
    insertTable(documents[0] as Y.Doc)
    exchange(documents)
    let [columnCount, textCount] = [2, 0]
    for (let step = 0; step < 40; step++) {
      const document = documents[chooseBelow(documents.length)] as Y.Doc
      const rows = getRows(document)
      const cells = withoutFillers(rows[chooseBelow(rows.length)])
      const choice = chooseBelow(6)
      if (choice === 0) {
        addColumn(document, chooseBelow(4))
        columnCount++
      } else if (choice === 1) addRow(document, chooseBelow(rows.length + 1))
      else if (choice === 2) {
        cells[chooseBelow(cells.length)]?.insert(0, [createParagraph(`w${textCount++};`)])
      } else if (choice === 3) repairTable(getTable(document))
      else exchange([document, documents[chooseBelow(documents.length)] as Y.Doc])
    }
    exchange(documents)
    // each node repairs after its own writes, so repeat until the last repair has been exchanged
    for (let repairRound = 0; repairRound < 3; repairRound++) {
      for (const document of documents) repairTable(getTable(document))
      exchange(documents)
    }
    const [firstReplica] = documents as [Y.Doc]
    const description = `SEED=${seed}, round ${round}: ${countCells(firstReplica).join()}`
    expect(needsTableRepair(getTable(firstReplica)), description).toBe(false)
    expect(countCells(firstReplica)[0], description).toBeLessThanOrEqual(columnCount)
    for (const document of documents) expect(getTable(document).toString(), description).toBe(getTable(firstReplica).toString())
  }
})

function createParagraph(text: string): Y.XmlElement {
  const paragraph = new Y.XmlElement('paragraph')
  paragraph.insert(0, [new Y.XmlText(text)])
  return paragraph
}

describe('on a node', () => {
  let node: Node
  let ann: Person
  beforeAll(async () => {
    node = await getEmptyNode()
    ann = await registerPerson(node.url, 'Ann')
  })

  async function openDraftWithTable() {
    const name = await createDraft(ann)
    const [firstClient, secondClient] = [await openDocument(node.url, name, ann.token), await openDocument(node.url, name, ann.token)]
    openDocuments.push(firstClient, secondClient)
    insertTable(firstClient.document)
    await waitUntil(() => countCells(secondClient.document).length === 2, 'the table to arrive')
    return { name, id: name.split(':')[1] as string, firstClient, secondClient }
  }

  test('a row and a column added concurrently are repaired by one row without an author', async () => {
    const { id, firstClient, secondClient } = await openDraftWithTable()
    addColumn(firstClient.document)
    addRow(secondClient.document)
    await expectShape([firstClient.document, secondClient.document], [3, 3, 3])
    await waitUntil(() => isSaved(firstClient) && isSaved(secondClient), 'both clients to be saved')
    expect((await node.journal.rowsAfter(id, 0)).map(({ actor }) => actor)).toEqual([ann.id, ann.id, ann.id, null])
    // an older editor also repairs
    addColumn(firstClient.document)
    addRow(secondClient.document)
    getRows(secondClient.document)[1]?.push([createCell()])
    await expect.poll(() => needsTableRepair(getTable(firstClient.document))).toBe(false)
    await expectShape([firstClient.document, secondClient.document], [4, 4, 4, 4])
  })

  test('an uneven table is repaired when its document is opened, unless the document is frozen', async () => {
    for (const frozen of [false, true]) {
      const documentName = await createDraft(ann)
      const id = documentName.split(':')[1] as string
      const document = new Y.Doc()
      insertTable(document)
      getRows(document)[0]?.push([createCell()])
      await node.journal.append(id, ann.id, Y.encodeStateAsUpdate(document))
      const actor = toPersonActor(ann)
      if (frozen) await node.domain.run(actor, freezeDocument, { documentName })
      const client = await openDocument(node.url, documentName, ann.token)
      openDocuments.push(client)
      if (!frozen) await expectShape([client.document], [3, 3])
      const state = await ann.request('GET', `/api/documents/${documentName}/history/state`)
      expect(state.body.content.content[0].content.map(({ content }: { content: unknown[] }) => content.length)).toEqual([3, 3])
      if (frozen) expect([countCells(client.document), client.refusalReason()]).toEqual([[3, 2], undefined])
      expect((await node.journal.rowsAfter(id, 1)).map(({ actor }) => actor)).toEqual(frozen ? [] : [null])
    }
  })

  test('a table without cells is removed, and rows without cells are filled', async () => {
    const { firstClient, secondClient } = await openDraftWithTable()
    firstClient.document.transact(() => getRows(firstClient.document)[0]?.delete(0, 2))
    await expectShape([firstClient.document, secondClient.document], [2, 2])
    firstClient.document.transact(() => {
      for (const row of getRows(firstClient.document)) row.delete(0, 2)
    })
    await expect.poll(() => secondClient.document.getXmlFragment('default').toString()).toBe('<paragraph></paragraph>')
  })
})

test('one repair makes any table even, wherever it has filler cells of earlier repairs', () => {
  const random = createRandom(readSeed('tables with fillers'))
  const chooseBelow = (end: number) => Math.floor(random() * end)
  for (let n = 0; n < chooseSize(1000, 20_000); n++) {
    const table = new Y.XmlElement('table')
    new Y.Doc().getXmlFragment('default').insert(0, [table])
    for (let row = createRow(chooseBelow(4)), remaining = 1 + chooseBelow(4); remaining > 0; row = createRow(chooseBelow(4)), remaining--) {
      table.push([row])
      for (const cell of row.toArray() as Y.XmlElement[]) {
        if (random() < 0.2) cell.setAttribute('filler', true as unknown as string)
        else
          for (const span of ['colspan', 'rowspan']) if (random() < 0.4) cell.setAttribute(span, (1 + chooseBelow(4)) as unknown as string)
      }
    }
    const tableBefore = table.toString()
    repairTable(table)
    if (!table._item?.deleted) expect(needsTableRepair(table), tableBefore).toBe(false)
  }
})

describe.skipIf(!usesPostgres || process.env.TEST_REDIS_URL === undefined)('on two nodes', () => {
  test('repeatedly adding a column on one node and a row on the other gives an even table without extra columns', async () => {
    const { env, remove } = await createEmptyDatabase()
    const nodes = [await startNode(env), await startNode(env)]
    try {
      const ann = await registerPerson(nodes[0]?.url as string, 'Ann')
      const name = await createDraft(ann)
      const [firstClient, secondClient] = (await Promise.all(nodes.map(({ url }) => openDocument(url, name, ann.token)))) as [
        OpenDocument,
        OpenDocument,
      ]
      insertTable(firstClient.document)
      await waitUntil(() => countCells(secondClient.document).length === 2, 'the table to arrive')
      for (let n = 1; n <= 5; n++) {
        addColumn(firstClient.document)
        addRow(secondClient.document)
        await expectShape(
          [firstClient.document, secondClient.document],
          Array.from({ length: 2 + n }, () => 2 + n),
        )
      }
      for (const one of [firstClient, secondClient]) one.close()
    } finally {
      for (const node of nodes) await node.stop()
      await remove()
    }
  })
})
