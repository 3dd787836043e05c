import { randomUUID } from 'node:crypto'
import type { JSONContent } from '@tiptap/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as Y from 'yjs'
import { readContent } from '../../domain/documents/richtext/to-json.ts'
import type { Node } from '../../main.ts'
import { type PersonByName, registerPeople } from '../support/builders.ts'
import { type ApiResponse, createDraft, type OpenDocument, openDocument, isSaved } from '../support/client.ts'
import { getEmptyNode } from '../support/node.ts'
import { getBlockText, getRoot, createRangeAnchor, suggestDeletion, readText, suggestInsertion, writeParagraphs } from '../support/prose.ts'
import { createRandom, readSeed } from '../support/random.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: Node
let person: PersonByName
const openDocuments: OpenDocument[] = []

beforeAll(async () => {
  node = await getEmptyNode()
  person = await registerPeople(node.url, ['owner', 'editor', 'suggester', 'commenter'])
})
afterAll(() => {
  for (const { close } of openDocuments) close()
})

/** The text after all suggestions are accepted or rejected, computed from the marks that the editor reads. */
function readTextWithout(content: JSONContent, mark: 'insertion' | 'deletion'): string {
  const collectText = (node: JSONContent): string =>
    node.type === 'text'
      ? node.marks?.some(({ type }) => type === mark)
        ? ''
        : (node.text ?? '')
      : (node.content ?? []).map(collectText).join('')
  return (content.content ?? []).map(collectText).join('\n')
}

test('text inserted with the id of a rejected suggestion is a new suggestion at once', async () => {
  const name = await createDraft(person('owner'))
  await person('owner').request('PUT', `/api/documents/${name}/members/${person('suggester').id}`, { role: 'editor' })
  const suggester = await openDocument(node.url, name, person('suggester').token)
  openDocuments.push(suggester)
  writeParagraphs(suggester.document, 'here')
  const attributes = { id: randomUUID(), author: person('suggester').id, at: new Date().toISOString() }
  suggestInsertion(getBlockText(suggester.document, 0), 4, ' first', attributes)
  await waitUntil(() => isSaved(suggester), 'the first suggestion to be saved')
  const path = `/api/documents/${name}/suggestions`
  expect((await person('owner').request('POST', `${path}/${attributes.id}/reject`)).status).toBe(200)
  await waitUntil(() => readText(suggester.document) === 'here', 'the first rejection to arrive')
  suggestInsertion(getBlockText(suggester.document, 0), 4, ' second', attributes)
  await waitUntil(() => isSaved(suggester), 'the second suggestion to be saved')
  expect((await person('owner').request('POST', `${path}/reject`)).body).toMatchObject({ decided: 1 })
  await waitUntil(() => readText(suggester.document) === 'here', 'the second rejection to arrive')
})

test.each(['accept', 'reject'] as const)(
  'concurrent suggestions, decisions and typing converge without lost or duplicate letters; then %s all',
  async (lastDecision) => {
    const random = createRandom(readSeed(`suggesting, ${lastDecision}`))
    const chooseBelow = (limit: number) => Math.floor(random() * limit)
    const name = await createDraft(person('owner'))
    for (const [personName, role] of Object.entries({ editor: 'editor', suggester: 'editor', commenter: 'commenter' }))
      await person('owner').request('PUT', `/api/documents/${name}/members/${person(personName).id}`, { role })
    const [owner, editor, suggester, commenter] = (await Promise.all(
      ['owner', 'editor', 'suggester', 'commenter'].map((personName) => openDocument(node.url, name, person(personName).token)),
    )) as [OpenDocument, OpenDocument, OpenDocument, OpenDocument]
    const clients = [owner, editor, suggester, commenter]
    openDocuments.push(...clients)

    // every letter is unique, so that each can be tracked
    let nextLetter = 0x4e00
    const createLetters = (length: number) => Array.from({ length }, () => String.fromCharCode(nextLetter++)).join('')
    const typedLetters = new Set<string>()
    const deletedLetters = new Set<string>()
    const addLetters = (text: string, set: Set<string>) => {
      for (const letter of text.replaceAll('\n', '')) set.add(letter)
      return text
    }
    writeParagraphs(owner.document, ...Array.from({ length: 3 }, () => addLetters(createLetters(20), typedLetters)))
    await waitUntil(() => clients.every((client) => getRoot(client.document).length === 3 && isSaved(client)), 'the paragraphs to be saved')

    const requests: Promise<unknown>[] = []
    const path = `/api/documents/${name}/suggestions`
    const chooseParagraphText = ({ document }: OpenDocument) => getBlockText(document, chooseBelow(3))
    const counts = { made: 0, refused: 0, decided: 0, conflicts: 0 }

    const actions = {
      type(client: OpenDocument) {
        const text = chooseParagraphText(client)
        text.insert(chooseBelow(text.length + 1), addLetters(createLetters(1), typedLetters), {})
      },
      suggest() {
        const text = chooseParagraphText(suggester)
        const attributes = { id: randomUUID(), author: person('suggester').id, at: new Date().toISOString() }
        if (chooseBelow(2) || text.length < 10)
          suggestInsertion(text, chooseBelow(text.length + 1), addLetters(createLetters(1 + chooseBelow(3)), typedLetters), attributes)
        else suggestDeletion(text, chooseBelow(text.length - 6), 1 + chooseBelow(6), attributes)
      },
      async ask() {
        const text = chooseParagraphText(commenter)
        const from = chooseBelow(Math.max(1, text.length - 5))
        const kind = ['insert', 'delete', 'replace'][chooseBelow(3)] as string
        const body = kind === 'delete' ? {} : { text: createLetters(1 + chooseBelow(3)) }
        const response = await person('commenter').request('POST', path, {
          kind,
          anchor: createRangeAnchor(text, from, text, from + 1 + chooseBelow(4)),
          ...body,
        })
        expect([201, 400]).toContain(response.status)
        if (response.status === 201) addLetters(response.body.inserted, typedLetters)
        counts[response.status === 201 ? 'made' : 'refused']++
      },
      async decide(personName: string) {
        const { items } = (await person(personName).request('GET', `${path}?limit=100`)).body
        const suggestion = items[chooseBelow(items.length)]
        if (!suggestion) return
        const decision = chooseBelow(2) ? 'accept' : 'reject'
        const response: ApiResponse = await person(personName).request('POST', `${path}/${suggestion.id}/${decision}`)
        expect([200, 404, 409]).toContain(response.status)
        counts[response.status === 200 ? 'decided' : 'conflicts']++
        if (response.status === 200) addLetters(decision === 'accept' ? response.body.deleted : response.body.inserted, deletedLetters)
      },
    }
    for (let step = 0; step < 120; step++) {
      const choice = chooseBelow(12)
      if (choice < 3) actions.type(owner)
      else if (choice < 5) actions.type(editor)
      else if (choice < 8) actions.suggest()
      else if (choice < 10) requests.push(actions.ask())
      else requests.push(actions.decide(chooseBelow(2) ? 'owner' : 'editor'))
      if (chooseBelow(4) === 0) await Promise.all(requests.splice(0, chooseBelow(requests.length + 1)))
      else await new Promise(setImmediate)
    }
    await Promise.all(requests)
    /** Whether every client has the text of the journal. */
    const haveConverged = async () => {
      if (!clients.every(isSaved)) return false
      const journalReplica = new Y.Doc()
      for (const { update } of await node.journal.rowsAfter(name.split(':')[1] as string, 0)) Y.applyUpdate(journalReplica, update)
      return (
        new Set([journalReplica, ...clients.map(({ document }) => document)].map((replica) => JSON.stringify(getRoot(replica).toJSON())))
          .size === 1
      )
    }
    await waitUntil(haveConverged, 'all clients to converge')
    console.log(JSON.stringify(counts))
    expect(counts.decided).toBeGreaterThan(3)

    const characters = readText(owner.document).replaceAll('\n', '').split('')
    expect(new Set(characters).size).toBe(characters.length)
    expect(new Set(characters)).toEqual(new Set([...typedLetters].filter((letter) => !deletedLetters.has(letter))))
    const copy = new Y.Doc()
    Y.applyUpdate(copy, Y.encodeStateAsUpdate(owner.document))
    const expected = readTextWithout(await readContent(copy), lastDecision === 'accept' ? 'deletion' : 'insertion')
    const { body, status } = await person('owner').request('POST', `${path}/${lastDecision}`)
    expect(status).toBe(200)
    expect(body.decided).toBeGreaterThan(0)
    await waitUntil(async () => (await haveConverged()) && readText(owner.document) === expected, `all suggestions to be ${lastDecision}ed`)
    // the response can arrive before every client has the edit
    await waitUntil(async () => !/insertion|deletion/.test(JSON.stringify(await readContent(owner.document))), 'no suggestion to remain')
    expect((await person('owner').request('GET', path)).body.items).toEqual([])
  },
)
