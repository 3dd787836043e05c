import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as Y from 'yjs'
import { contentOf } from '../../domain/documents/content.ts'
import { rejectSuggestion, settleSuggestions } from '../../domain/documents/decision.ts'
import { freezeDocument } from '../../domain/documents/document.ts'
import type { Node } from '../../main.ts'
import { draftOf, type Open, opened, type Person, register, saved } from '../support/client.ts'
import { emptyNode } from '../support/node.ts'
import { anchorAt, lineOf, rootOf, spanOf, strikeSuggested, textOf, typeSuggested, write } from '../support/prose.ts'
import { until } from '../support/until.ts'

let node: Node
const people: Record<string, Person> = {}
const person = (name: string) => people[name] as Person
const open: Open[] = []

beforeAll(async () => {
  node = await emptyNode()
  for (const name of ['owner', 'editor', 'commenter', 'viewer', 'stranger']) people[name] = await register(node.url, name)
})
afterAll(() => {
  for (const { close } of open) close()
})

/** A draft with some paragraphs, open for the owner, the editor and the commenter. */
async function draft(...paragraphs: string[]) {
  const name = await draftOf(person('owner'))
  for (const role of ['editor', 'commenter', 'viewer'])
    await person('owner').ask('PUT', `/api/documents/${name}/members/${person(role).id}`, { role })
  const [owner, editor, commenter] = await Promise.all(
    ['owner', 'editor', 'commenter'].map((who) => opened(node.url, name, person(who).token)),
  )
  open.push(owner as Open, editor as Open, commenter as Open)
  write((owner as Open).document, ...paragraphs)
  await until(() => saved(owner as Open), 'the paragraphs to be saved')
  const path = `/api/documents/${name}/suggestions`
  const shows = (text: string) => () => textOf((editor as Open).document) === text && textOf((commenter as Open).document) === text
  return {
    name,
    path,
    owner: owner as Open,
    editor: editor as Open,
    commenter: commenter as Open,
    suggest: (kind: string, anchor: unknown, more: object = {}, who = 'commenter') =>
      person(who).ask('POST', path, { kind, anchor, ...more }),
    list: async (state = 'open') => (await person('viewer').ask('GET', `${path}?state=${state}`)).body.items,
    decide: (who: string, what: string, id?: string) => person(who).ask('POST', id ? `${path}/${id}/${what}` : `${path}/${what}`),
    shows: (text: string) => until(shows(text), JSON.stringify(text)),
  }
}

const change = async (one: Open, does: () => void) => {
  one.document.transact(does)
  await until(() => saved(one), 'the change to be saved')
}
const leadOf = (who: string) => ({ id: randomUUID(), author: person(who).id, at: '2026-05-01T00:00:00.000Z' })

test('a commenter suggests through the server, who writes it in their name; accepted it is text', async () => {
  const { name, owner, commenter, suggest, list, decide, shows } = await draft('The party pays.')
  expect(commenter.provider.authorizedScope).toBe('readonly')
  const made = await suggest('replace', anchorAt(owner.document, 0, 'party'), { text: 'buyer' })
  expect(made).toMatchObject({
    status: 201,
    body: {
      userId: person('commenter').id,
      name: 'commenter',
      kind: 'replace',
      inserted: 'buyer',
      deleted: 'party',
      state: 'open',
      decidedBy: null,
    },
  })
  await shows('The partybuyer pays.')
  expect((await node.journal.rowsAfter(name.split(':')[1] as string, 0)).at(-1)?.actor).toBe(person('commenter').id)
  expect(await list()).toEqual([made.body])
  // the editor of the browser reads the marks as its own
  const marks = JSON.stringify(await contentOf(owner.document))
  expect(marks).toContain(`{"type":"insertion","attrs":{"id":"${made.body.id}","author":"${person('commenter').id}"`)
  expect(marks).toContain('"type":"deletion"')
  const accepted = await decide('editor', 'accept', made.body.id)
  expect(accepted).toMatchObject({ status: 200, body: { id: made.body.id, state: 'accepted', decidedBy: person('editor').id } })
  await shows('The buyer pays.')
  expect(JSON.stringify(lineOf(owner.document, 0).toDelta())).toBe('[{"insert":"The buyer pays."}]')
  expect(await list()).toEqual([])
  expect(await list('accepted')).toEqual([accepted.body])
  expect(await list('rejected')).toEqual([])
})

test('insert, delete and replace, rejected, leave the text as it was', async () => {
  const { owner, suggest, list, decide, shows } = await draft('one two three', 'four')
  await suggest('insert', anchorAt(owner.document, 0, 'one'), { text: ' and a half' })
  await suggest('delete', spanOf(lineOf(owner.document, 0), 15, lineOf(owner.document, 1), 2))
  await suggest('replace', anchorAt(owner.document, 1, 'ur'), { text: 'x' })
  await shows('one and a half two three\nfourx')
  expect((await list()).map(({ kind, inserted, deleted }: Record<string, string>) => [kind, inserted, deleted])).toEqual([
    ['insert', ' and a half', ''],
    ['delete', '', 'two three\nfo'],
    ['replace', 'x', 'ur'],
  ])
  expect((await decide('owner', 'reject')).body).toMatchObject({ decided: 3 })
  await shows('one two three\nfour')
  expect(JSON.stringify(rootOf(owner.document).toJSON())).not.toContain('tion')
  expect(await list()).toEqual([])
})

test('blocks that come, go and become others, accepted and rejected', async () => {
  const say = ({ document }: Open) =>
    rootOf(document)
      .toArray()
      .map((block) => (block as Y.XmlElement).nodeName + ((block as Y.XmlElement).getAttribute('level') ?? ''))
  for (const [what, text, kinds] of [
    ['accept', 'Title\nfirst\nnew', ['heading2', 'paragraph', 'heading3']],
    ['reject', 'Title\nfirst\nlast', ['paragraph', 'paragraph', 'paragraph']],
  ] as const) {
    const { owner, suggest, list, decide, shows } = await draft('Title', 'first', 'last')
    const at = (place: number, words: string) => anchorAt(owner.document, place, words)
    await suggest('insert-block', at(1, 'first'), { text: 'new', type: 'heading', level: 3 })
    await until(() => rootOf(owner.document).length === 4, 'the block')
    await suggest('delete-block', at(3, 'la'))
    const changed = await suggest('change-block', at(0, 'Title'), { type: 'heading', level: 2 })
    expect(changed.status).toBe(201)
    await shows('Title\nfirst\nnew\nlast')
    expect((await list()).map(({ kind }: { kind: string }) => kind)).toEqual(['change-block', 'insert-block', 'delete-block'])
    expect((await suggest('delete-block', at(0, 'Title'))).status).toBe(409)
    for (const { id } of await list()) expect((await decide('editor', what, id)).status).toBe(200)
    await shows(text)
    expect(say(owner)).toEqual(kinds)
    expect(JSON.stringify(await contentOf(owner.document))).not.toMatch(/insertion|deletion|suggestion":"/)
  }
})

test('an editor’s suggestions of their live connection are told by what they wrote, whatever the marks say', async () => {
  const { owner, editor, list, decide, shows } = await draft('one two three')
  const mine = leadOf('editor')
  const false_ = { ...leadOf('editor'), author: person('commenter').id }
  await until(() => textOf(editor.document) !== '', 'the text')
  await change(editor, () => {
    const text = lineOf(editor.document, 0)
    typeSuggested(text, 3, ' 1½', mine)
    strikeSuggested(text, 7, 3, mine)
    typeSuggested(text, text.length, ' four', false_)
    strikeSuggested(text, 11, 5, { ...false_, id: mine.id })
  })
  const told = await list()
  expect(told.map(({ userId, inserted, deleted }: Record<string, string>) => [userId, inserted, deleted])).toEqual([
    [person('editor').id, ' 1½', 'two'],
    [person('editor').id, '', 'three'],
    [person('editor').id, ' four', ''],
  ])
  expect(told.map(({ id, mark }: Record<string, string>) => [id === mark, mark])).toEqual([
    [true, mine.id],
    [false, mine.id],
    [false, false_.id],
  ])
  // words that somebody puts under another's mark are not decided with it
  await change(owner, () => typeSuggested(lineOf(owner.document, 0), 6, '!', mine))
  expect(await list()).toHaveLength(4)
  await decide('owner', 'accept', mine.id)
  await shows('one 1½!  three four')
  expect((await list()).map(({ userId }: Record<string, string>) => userId)).toEqual([
    person('owner').id,
    person('editor').id,
    person('editor').id,
  ])
})

test('who types between struck words does not strike them', async () => {
  const { editor, owner, suggest, list } = await draft('one two three')
  await suggest('delete', anchorAt(owner.document, 0, 'one two three'))
  await until(() => JSON.stringify(lineOf(editor.document, 0).toDelta()).includes('deletion'), 'the mark')
  await change(editor, () => {
    lineOf(editor.document, 0).insert(4, 'more ', {})
    lineOf(editor.document, 0).insert(0, 'zero ', {})
  })
  expect(await list()).toMatchObject([{ userId: person('commenter').id, deleted: 'one two three' }])
})

test('a paragraph that is split or joined in suggestion mode is whole again, or one', async () => {
  for (const [kind, what, text] of [
    ['insert', 'reject', 'one two'],
    ['insert', 'accept', 'one \ntwo'],
    ['delete', 'accept', 'one two'],
    ['delete', 'reject', 'one \ntwo'],
  ] as const) {
    const { editor, list, decide, shows } = await draft('one ', 'two')
    await shows('one \ntwo')
    const lead = leadOf('editor')
    await change(editor, () =>
      (rootOf(editor.document).get(1) as Y.XmlElement).setAttribute('suggestion', JSON.stringify({ ...lead, kind })),
    )
    expect(await list()).toMatchObject([{ id: lead.id, kind: `${kind}-block`, inserted: '', deleted: '' }])
    expect((await decide('owner', what, lead.id)).status).toBe(200)
    await shows(text)
    expect(JSON.stringify(rootOf(editor.document).toJSON())).not.toContain('suggestion')
  }
})

test('a suggestion is decided once: twice by one, at once by two, the first stands and the text says what the rows say', async () => {
  const { owner, suggest, list, decide } = await draft('one')
  const { body } = await suggest('insert', anchorAt(owner.document, 0, 'one'), { text: ' two' })
  const answers = await Promise.all([
    decide('owner', 'accept', body.id),
    decide('editor', 'reject', body.id),
    decide('owner', 'reject', body.id),
    decide('editor', 'accept', body.id),
  ])
  expect(answers.map(({ status }) => status).sort((one, other) => one - other)).toEqual([200, 409, 409, 409])
  const state = answers.find(({ status }) => status === 200)?.body.state as string
  for (const { body } of answers.filter(({ status }) => status === 409))
    expect(body.errors).toContainEqual({ path: 'state', message: state })
  await until(() => textOf(owner.document) === (state === 'accepted' ? 'one two' : 'one'), 'the text to follow')
  expect(await decide('owner', 'accept', body.id)).toMatchObject({ status: 409, body: { detail: `This suggestion was ${state} already.` } })
  expect(await list(state)).toMatchObject([{ id: body.id, state }])
})

test('two who decide all at once decide each once', async () => {
  const { owner, suggest, list, decide } = await draft('one', 'two', 'three')
  for (const [place, words] of ['one', 'two', 'three'].entries()) await suggest('delete', anchorAt(owner.document, place, words))
  const [one, other] = await Promise.all([decide('owner', 'accept'), decide('editor', 'reject')])
  expect(new Set([one?.body.decided, other?.body.decided])).toEqual(new Set([0, 3]))
  const text = one?.body.decided === 3 ? '\n\n' : 'one\ntwo\nthree'
  await until(() => textOf(owner.document) === text, 'the text to follow')
  expect(await list()).toEqual([])
})

test('a suggestion whose words are gone is told as such, and cannot be decided', async () => {
  const { owner, suggest, list, decide, shows } = await draft('one two')
  const { body } = await suggest('delete', anchorAt(owner.document, 0, 'two'))
  await shows('one two')
  await change(owner, () => lineOf(owner.document, 0).delete(3, 4))
  expect(await list()).toEqual([])
  expect(await list('gone')).toMatchObject([{ id: body.id, state: 'gone' }])
  expect(await decide('owner', 'accept', body.id)).toMatchObject({
    status: 409,
    body: { detail: 'The words of this suggestion are gone.' },
  })
  expect((await decide('owner', 'accept', randomUUID())).status).toBe(404)
})

test('a decision that did not reach the text reaches it by its event; what comes later under its mark is another suggestion', async () => {
  const { name, owner, editor, suggest, list, decide, shows } = await draft('one')
  const { body } = await suggest('insert', anchorAt(owner.document, 0, 'one'), { text: ' two' })
  await shows('one two')
  const document = name.split(':')[1] as string
  const connection = node.database.em.fork().getConnection()
  // as a node leaves it that dies right after its commit
  const actor = { kind: 'user', userId: person('owner').id, sessionId: '', admin: false, expiresAt: 0 } as const
  const dying = { ...rejectSuggestion, afterwards: undefined } as unknown as typeof rejectSuggestion
  await node.domain.run(actor, dying, { documentName: name, suggestionId: body.id })
  expect(await list()).toEqual([])
  await node.domain.run({ kind: 'system' }, settleSuggestions, {
    documentName: name,
  })
  await shows('one')
  expect((await node.journal.rowsAfter(document, 0)).at(-1)?.actor).toBe(person('owner').id)
  const lead = leadOf('editor')
  await change(editor, () => typeSuggested(lineOf(editor.document, 0), 3, ' 3', lead))
  await decide('owner', 'accept', lead.id)
  await until(
    async () => (await connection.execute('select applied from suggestion where id = ?', [lead.id]))[0]?.applied,
    'the reaction',
    30_000,
  )
  await change(editor, () => typeSuggested(lineOf(editor.document, 0), 5, ' 4', lead))
  expect(await list()).toMatchObject([{ mark: lead.id, inserted: ' 4', state: 'open' }])
  expect((await list())[0].id).not.toBe(lead.id)
  await decide('owner', 'reject')
  await shows('one 3')
})

test('who may what; a commenter takes back their own', async () => {
  const { owner, suggest, decide, path } = await draft('one two')
  const at = () => anchorAt(owner.document, 0, 'two')
  for (const [who, status] of Object.entries({ stranger: 404, viewer: 403, commenter: 201, editor: 201, owner: 201 }))
    expect([who, (await suggest('insert', at(), { text: who }, who)).status]).toEqual([who, status])
  const of = async (who: string) =>
    (await person('owner').ask('GET', path)).body.items.find(({ name }: { name: string }) => name === who).id as string
  for (const [who, status] of Object.entries({ stranger: 404, viewer: 403, commenter: 403 })) {
    expect([who, (await decide(who, 'accept', await of('editor'))).status]).toEqual([who, status])
    expect([who, (await decide(who, 'reject', await of('editor'))).status]).toEqual([who, status])
    expect([who, (await decide(who, 'accept')).status]).toEqual([who, status])
    expect([who, (await person(who).ask('GET', path)).status]).toEqual([who, who === 'stranger' ? 404 : 200])
  }
  expect((await decide('commenter', 'accept', await of('commenter'))).status).toBe(403)
  expect((await decide('commenter', 'reject', await of('commenter'))).status).toBe(200)
})

test('what cannot be suggested changes nothing', async () => {
  const { name, owner, editor, suggest, list, decide, shows } = await draft('one two', 'gone')
  const at = anchorAt(owner.document, 0, 'two')
  const gone = anchorAt(owner.document, 1, 'gone')
  await change(owner, () => {
    rootOf(owner.document).delete(1, 1)
    const code = new Y.XmlElement('codeBlock')
    code.insert(0, [new Y.XmlText('x = 1')])
    rootOf(owner.document).insert(1, [code])
  })
  await shows('one two\nx = 1')
  const code = anchorAt(owner.document, 1, 'x')
  const text = lineOf(owner.document, 0)
  for (const [kind, anchor, more] of [
    ['insert', at, {}],
    ['insert', at, { text: 'two\nlines' }],
    ['insert', at, { text: 'x'.repeat(5001) }],
    ['insert', code, { text: 'y' }],
    ['delete', code, {}],
    ['delete', gone, {}],
    ['delete', spanOf(text, 2, text, 2), {}],
    ['delete', { start: 'AA', end: 'AA' }, {}],
    ['change-block', at, { type: 'paragraph' }],
    ['other', at, {}],
  ] as const)
    expect([kind, (await suggest(kind, anchor, more)).status]).toEqual([kind, 400])
  // hostile: what is no suggestion is none
  await change(editor, () => {
    lineOf(editor.document, 0).format(0, 3, { 'insertion--AAAAAAAA': { id: 'x', author: 5 }, deletion: 'nothing' } as never)
    ;(rootOf(editor.document).get(0) as Y.XmlElement).setAttribute('suggestion', '{"id":')
  })
  expect(await list()).toEqual([])
  const { body } = await suggest('delete', at)
  const actor = { kind: 'user', userId: person('owner').id, sessionId: '', admin: false, expiresAt: 0 } as const
  await node.domain.run(actor, freezeDocument, { documentName: name })
  expect((await suggest('delete', at)).status).toBe(409)
  expect((await decide('owner', 'accept', body.id)).status).toBe(409)
  expect((await decide('owner', 'accept')).status).toBe(409)
  expect(await list()).toMatchObject([{ id: body.id }])
})
