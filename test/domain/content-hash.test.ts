/** The content hash: equal for equal texts, whatever their history; another one for any other text. SEED=<number> repeats a run. */
import { createHash } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import * as Y from 'yjs'
import { createReplica } from '../../domain/documents/journal/replica.ts'
import { clauseStyle, listStylesName } from '../../domain/documents/richtext/list-styles.ts'
import { contentToUpdate, readContent } from '../../domain/documents/richtext/to-json.ts'
import { readValues, setValues } from '../../domain/documents/richtext/variables.ts'
import { toCanonicalText } from '../../domain/history/canonical-text.ts'
import { readCanonicalText, readContentHash } from '../../domain/history/content-hash.ts'
import type { Node } from '../../main.ts'
import { createDraft, type Person, registerPerson } from '../support/client.ts'
import { getEmptyNode } from '../support/node.ts'
import { appendUpdates, backdateUpdates, compactHistory, runQuery, takeSnapshot, toDocumentId } from '../support/journal-history.ts'
import { getBlockText, getRoot, writeParagraphs } from '../support/prose.ts'
import { createBlock } from '../support/shared-draft.ts'
import { chooseSize, createRandom, readSeed } from '../support/random.ts'

let node: Node
let ann: Person
beforeAll(async () => {
  node = await getEmptyNode()
  ann = await registerPerson(node.url, 'Ann')
})

const hashOf = async (document: Y.Doc, title = 'Agreement') =>
  createHash('sha256')
    .update(await toCanonicalText(document, title))
    .digest('hex')

const formats = [
  { bold: {} },
  { bold: null },
  { italic: {} },
  { link: { href: 'https://example.org' } },
  { 'insertion--AAAAAAA1': { id: 's1', author: 'a', at: '2026-01-01T00:00:00.000Z' } },
  { 'insertion--AAAAAAA2': { id: 's2', author: 'b', at: '2026-01-01T00:00:00.000Z' } },
]

function makeRandomEdit(document: Y.Doc, random: () => number): void {
  const below = (count: number) => Math.floor(random() * count)
  const root = getRoot(document)
  document.transact(() => {
    const choice = random()
    if (root.length === 0 || choice < 0.1)
      root.insert(below(root.length + 1), [createBlock(`words ${below(9)}`, below(2) ? String(1 + below(4)) : undefined)])
    else if (choice < 0.13) root.delete(below(root.length), 1)
    else if (choice < 0.18) (root.get(below(root.length)) as Y.XmlElement).setAttribute('listStyle', `style${below(3)}`)
    else if (choice < 0.22) document.getMap(listStylesName).set(`style${below(3)}`, { ...clauseStyle, name: `N${below(5)}` })
    else if (choice < 0.28) setValues(document, { [`field${below(3)}`]: below(4) ? `value ${below(9)}` : null })
    else {
      const text = (root.get(below(root.length)) as Y.XmlElement).get(0) as Y.XmlText
      const from = below(text.length + 1)
      if (choice < 0.6) text.insert(from, ['new ', 'wörd', '🙂', '. '][below(4)] as string)
      else if (choice < 0.7) text.delete(from, Math.min(3, text.length - from))
      else if (from < text.length) text.format(from, Math.min(1 + below(6), text.length - from), formats[below(formats.length)] as object)
    }
  })
}

/** The updates of three people who sync at random times. */
function simulateWriting(random: () => number, edits: number): Uint8Array[] {
  const written: Uint8Array[] = []
  const merged = createReplica()
  const replicas = [1, 2, 3].map((place) => {
    const replica = new Y.Doc()
    replica.clientID = Math.floor(random() * 2 ** 30) * 4 + place
    replica.on('update', (update: Uint8Array, origin: unknown) => {
      if (origin === 'sync') return
      written.push(update)
      Y.applyUpdate(merged, update, 'sync')
    })
    return replica
  })
  for (let edit = 0; edit < edits; edit++) {
    const replica = replicas[Math.floor(random() * 3)] as Y.Doc
    makeRandomEdit(replica, random)
    if (random() < 0.3) Y.applyUpdate(replica, Y.encodeStateAsUpdate(merged, Y.encodeStateVector(replica)), 'sync')
  }
  return written
}

test('replicas that merged in other orders, compaction and a reload leave the hash as it is', async () => {
  const random = createRandom(readSeed('content hash'))
  for (let round = 0; round < chooseSize(3, 20); round++) {
    const written = simulateWriting(random, 150)
    const documentName = await createDraft(ann)
    const id = toDocumentId(documentName)
    const shuffled = written.map((update) => ({ update, order: random() })).sort((one, other) => one.order - other.order)
    // as the server builds documents: the clean-up of formats is an edit of its own
    const [first, second] = [createReplica(), createReplica()]
    for (const update of written) Y.applyUpdate(first, update)
    for (const { update } of shuffled) Y.applyUpdate(second, update)
    const hash = await hashOf(first)
    expect(await hashOf(second)).toBe(hash)

    await appendUpdates(
      node,
      id,
      written.map((update) => ({ actor: ann.id, update })),
    )
    const read = () => runQuery(node, (view) => readContentHash(view, documentName, written.length))
    expect(await read()).toEqual({ hash, at: written.length })
    expect(await runQuery(node, (view) => readContentHash(view, documentName))).toEqual({ hash, at: written.length })
    await backdateUpdates(node, id, 70, 10)
    await takeSnapshot(node, id)
    await compactHistory(node, id)
    expect(await read()).toEqual({ hash, at: written.length })

    // the same text, written at once by somebody else
    const copy = new Y.Doc()
    Y.applyUpdate(copy, await contentToUpdate(await readContent(first)))
    setValues(copy, Object.fromEntries(readValues(first)))
    for (const [name, style] of first.getMap(listStylesName)) copy.getMap(listStylesName).set(name, style)
    expect(await hashOf(copy)).toBe(hash)

    makeRandomCharacter(first, random)
    expect(await hashOf(first)).not.toBe(hash)
  }
})

function makeRandomCharacter(document: Y.Doc, random: () => number): void {
  if (getRoot(document).length === 0) getRoot(document).insert(0, [createBlock('one')])
  const text = getBlockText(document, Math.floor(random() * getRoot(document).length))
  text.insert(Math.floor(random() * (text.length + 1)), 'x')
}

test('a character, a format, an attribute, a suggestion, a value, a list style and the title each change the hash', async () => {
  const document = new Y.Doc()
  writeParagraphs(document, 'The party pays.', 'The other party waits.')
  setValues(document, { party: 'Acme' })
  const text = getBlockText(document, 0)
  const seen = new Set([await hashOf(document)])
  const changes: (() => void)[] = [
    () => text.insert(3, ' '),
    () => text.format(0, 3, { bold: {} }),
    () => text.format(0, 3, { 'insertion--AAAAAAA1': { id: 's1', author: 'a', at: '2026-01-01T00:00:00.000Z' } }),
    () => (getRoot(document).get(1) as Y.XmlElement).setAttribute('listStyle', 'clauses'),
    () =>
      (getRoot(document).get(1) as Y.XmlElement).setAttribute(
        'suggestion',
        JSON.stringify({ id: 's2', kind: 'delete', author: 'a', at: '2026-01-01T00:00:00.000Z' }),
      ),
    () => setValues(document, { party: 'Acme Inc.' }),
    () => document.getMap(listStylesName).set('clauses', clauseStyle),
  ]
  for (const change of changes) {
    change()
    const hash = await hashOf(document)
    expect(seen, String(change)).not.toContain(hash)
    seen.add(hash)
  }
  expect(seen).not.toContain(await hashOf(document, 'agreement'))
})

test('the canonical text is RFC 8785 JSON without defaults, and a large document is hashed in the worker', async () => {
  const documentName = await createDraft(ann, 'Größe')
  const [small, large] = [new Y.Doc(), new Y.Doc()]
  writeParagraphs(small, 'One.')
  await appendUpdates(node, toDocumentId(documentName), [{ actor: ann.id, update: Y.encodeStateAsUpdate(small) }])
  const { text } = await runQuery(node, (view) => readCanonicalText(view, documentName))
  expect(text).toBe(
    '{"content":{"content":[{"content":[{"text":"One.","type":"text"}],"type":"paragraph"}],"type":"doc"},' +
      '"format":"smartstart-text/1","listStyles":{},"title":"Größe","values":{}}',
  )
  expect(await hashOf(small, 'Größe')).toBe(createHash('sha256').update(text).digest('hex'))

  Y.applyUpdate(large, Y.encodeStateAsUpdate(small))
  writeParagraphs(large, ...Array.from({ length: 3000 }, (_, place) => `Paragraph ${place} says what the parties do in that case.`))
  const update = Y.encodeStateAsUpdate(large, Y.encodeStateVector(small))
  await appendUpdates(node, toDocumentId(documentName), [{ actor: ann.id, update }])
  const { hash, at } = await runQuery(node, (view) => readContentHash(view, documentName))
  expect({ hash, at }).toEqual({ hash: await hashOf(large, 'Größe'), at: 2 })
  // the same again, and with another title
  expect((await runQuery(node, (view) => readContentHash(view, documentName))).hash).toBe(hash)
  await ann.request('PATCH', `/api/legal/documents/${toDocumentId(documentName)}`, { title: 'Other' })
  expect((await runQuery(node, (view) => readContentHash(view, documentName))).hash).toBe(await hashOf(large, 'Other'))
})
