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
const open: OpenDocument[] = []

beforeAll(async () => {
  node = await getEmptyNode()
  person = await registerPeople(node.url, ['owner', 'editor', 'suggester', 'commenter'])
})
afterAll(() => {
  for (const { close } of open) close()
})

/** The text after all suggestions are accepted or rejected, computed from the marks that the editor reads. */
function without(content: JSONContent, mark: 'insertion' | 'deletion'): string {
  const words = (node: JSONContent): string =>
    node.type === 'text'
      ? node.marks?.some(({ type }) => type === mark)
        ? ''
        : (node.text ?? '')
      : (node.content ?? []).map(words).join('')
  return (content.content ?? []).map(words).join('\n')
}

test('text inserted with the id of a rejected suggestion is a new suggestion at once', async () => {
  const name = await createDraft(person('owner'))
  await person('owner').request('PUT', `/api/documents/${name}/members/${person('suggester').id}`, { role: 'editor' })
  const suggester = await openDocument(node.url, name, person('suggester').token)
  open.push(suggester)
  writeParagraphs(suggester.document, 'here')
  const lead = { id: randomUUID(), author: person('suggester').id, at: new Date().toISOString() }
  suggestInsertion(getBlockText(suggester.document, 0), 4, ' first', lead)
  await waitUntil(() => isSaved(suggester), 'the first words')
  const path = `/api/documents/${name}/suggestions`
  expect((await person('owner').request('POST', `${path}/${lead.id}/reject`)).status).toBe(200)
  await waitUntil(() => readText(suggester.document) === 'here', 'the first to be rejected')
  suggestInsertion(getBlockText(suggester.document, 0), 4, ' second', lead)
  await waitUntil(() => isSaved(suggester), 'the second words')
  expect((await person('owner').request('POST', `${path}/reject`)).body).toMatchObject({ decided: 1 })
  await waitUntil(() => readText(suggester.document) === 'here', 'the second to be rejected')
})

test.each(['accept', 'reject'] as const)(
  'concurrent suggestions, decisions and typing converge without lost or duplicate letters; then %s all',
  async (last) => {
    const random = createRandom(readSeed(`suggesting, ${last}`))
    const below = (most: number) => Math.floor(random() * most)
    const name = await createDraft(person('owner'))
    for (const [who, role] of Object.entries({ editor: 'editor', suggester: 'editor', commenter: 'commenter' }))
      await person('owner').request('PUT', `/api/documents/${name}/members/${person(who).id}`, { role })
    const [owner, editor, suggester, commenter] = (await Promise.all(
      ['owner', 'editor', 'suggester', 'commenter'].map((who) => openDocument(node.url, name, person(who).token)),
    )) as [OpenDocument, OpenDocument, OpenDocument, OpenDocument]
    const everybody = [owner, editor, suggester, commenter]
    open.push(...everybody)

    // every letter is unique, so that each can be tracked
    let letters = 0x4e00
    const letter = (many: number) => Array.from({ length: many }, () => String.fromCharCode(letters++)).join('')
    const typed = new Set<string>()
    const gone = new Set<string>()
    const note = (words: string, set: Set<string>) => {
      for (const sign of words.replaceAll('\n', '')) set.add(sign)
      return words
    }
    writeParagraphs(owner.document, ...Array.from({ length: 3 }, () => note(letter(20), typed)))
    await waitUntil(() => everybody.every((one) => getRoot(one.document).length === 3 && isSaved(one)), 'the paragraphs')

    const asked: Promise<unknown>[] = []
    const path = `/api/documents/${name}/suggestions`
    const lineIn = ({ document }: OpenDocument) => getBlockText(document, below(3))
    const count = { made: 0, refused: 0, decided: 0, conflicts: 0 }

    const steps = {
      type(one: OpenDocument) {
        const text = lineIn(one)
        text.insert(below(text.length + 1), note(letter(1), typed), {})
      },
      suggest() {
        const text = lineIn(suggester)
        const lead = { id: randomUUID(), author: person('suggester').id, at: new Date().toISOString() }
        if (below(2) || text.length < 10) suggestInsertion(text, below(text.length + 1), note(letter(1 + below(3)), typed), lead)
        else suggestDeletion(text, below(text.length - 6), 1 + below(6), lead)
      },
      async ask() {
        const text = lineIn(commenter)
        const from = below(Math.max(1, text.length - 5))
        const kind = ['insert', 'delete', 'replace'][below(3)] as string
        const words = kind === 'delete' ? {} : { text: letter(1 + below(3)) }
        const made = await person('commenter').request('POST', path, {
          kind,
          anchor: createRangeAnchor(text, from, text, from + 1 + below(4)),
          ...words,
        })
        expect([201, 400]).toContain(made.status)
        if (made.status === 201) note(made.body.inserted, typed)
        count[made.status === 201 ? 'made' : 'refused']++
      },
      async decide(who: string) {
        const { items } = (await person(who).request('GET', `${path}?limit=100`)).body
        const one = items[below(items.length)]
        if (!one) return
        const what = below(2) ? 'accept' : 'reject'
        const answered: ApiResponse = await person(who).request('POST', `${path}/${one.id}/${what}`)
        expect([200, 404, 409]).toContain(answered.status)
        count[answered.status === 200 ? 'decided' : 'conflicts']++
        if (answered.status === 200) note(what === 'accept' ? answered.body.deleted : answered.body.inserted, gone)
      },
    }
    for (let step = 0; step < 120; step++) {
      const dice = below(12)
      if (dice < 3) steps.type(owner)
      else if (dice < 5) steps.type(editor)
      else if (dice < 8) steps.suggest()
      else if (dice < 10) asked.push(steps.ask())
      else asked.push(steps.decide(below(2) ? 'owner' : 'editor'))
      if (below(4) === 0) await Promise.all(asked.splice(0, below(asked.length + 1)))
      else await new Promise(setImmediate)
    }
    await Promise.all(asked)
    /** Whether every client has the text of the journal. */
    const agreed = async () => {
      if (!everybody.every(isSaved)) return false
      const kept = new Y.Doc()
      for (const { update } of await node.journal.rowsAfter(name.split(':')[1] as string, 0)) Y.applyUpdate(kept, update)
      return new Set([kept, ...everybody.map(({ document }) => document)].map((one) => JSON.stringify(getRoot(one).toJSON()))).size === 1
    }
    await waitUntil(agreed, 'everybody to read the same')
    console.log(JSON.stringify(count))
    expect(count.decided).toBeGreaterThan(3)

    const signs = readText(owner.document).replaceAll('\n', '').split('')
    expect(new Set(signs).size).toBe(signs.length)
    expect(new Set(signs)).toEqual(new Set([...typed].filter((sign) => !gone.has(sign))))
    const fresh = new Y.Doc()
    Y.applyUpdate(fresh, Y.encodeStateAsUpdate(owner.document))
    const expected = without(await readContent(fresh), last === 'accept' ? 'deletion' : 'insertion')
    const { body, status } = await person('owner').request('POST', `${path}/${last}`)
    expect(status).toBe(200)
    expect(body.decided).toBeGreaterThan(0)
    await waitUntil(async () => (await agreed()) && readText(owner.document) === expected, `all to be ${last}ed`)
    // the response can arrive before every client has the edit
    await waitUntil(async () => !/insertion|deletion/.test(JSON.stringify(await readContent(owner.document))), 'no suggestion to be left')
    expect((await person('owner').request('GET', path)).body.items).toEqual([])
  },
)
