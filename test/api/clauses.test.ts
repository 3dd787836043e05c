import { sql } from 'kysely'
import { beforeAll, describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { freezeDocument } from '../../domain/documents/document.ts'
import type { Node } from '../../main.ts'
import { toPersonActor, createDraft, type Person, registerPerson } from '../support/client.ts'
import { getEmptyNode } from '../support/node.ts'
import { openOnOwnSocket } from '../support/providers.ts'
import { createRandom, readSeed } from '../support/random.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: Node
let ann: Person
let ben: Person
let eve: Person
let ventureId: string
beforeAll(async () => {
  node = await getEmptyNode()
  ann = await registerPerson(node.url, 'Ann')
  ben = await registerPerson(node.url, 'Ben')
  eve = await registerPerson(node.url, 'Eve')
  ventureId = (await ann.request('POST', '/api/ventures', { name: 'Lanternfish' })).body.id
  await ann.request('PUT', `/api/ventures/${ventureId}/members/${ben.id}`, { role: 'viewer' })
})

const saying = (...words: string[]) => ({
  type: 'doc',
  content: words.map((text) => ({ type: 'paragraph', content: [{ type: 'text', text }] })),
})
const made = async (person: Person, body: object) => {
  const answered = await person.request('POST', '/api/legal/clauses', body)
  expect(answered.status).toBe(201)
  return answered.body
}
const names = async (person: Person, query = '') =>
  (await person.request('GET', `/api/legal/clauses${query}`)).body.items.map(({ name }: { name: string }) => name)
const path = ({ id }: { id: string }) => `/api/legal/clauses/${id}`
const idOf = (documentName: string) => documentName.split(':')[1] as string
const linesOf = (document: Y.Doc) =>
  document
    .getXmlFragment('default')
    .toArray()
    .map((block) => block.toString().replace(/<[^>]+>/g, ''))

describe('a clause', () => {
  test('is created, read, updated with If-Match, and deleted', async () => {
    const kept = await ann.request('POST', '/api/legal/clauses', {
      name: 'Silence',
      content: saying('Nobody talks.'),
      tags: ['NDA', 'nda'],
    })
    expect(kept.body).toMatchObject({ name: 'Silence', tags: ['nda'], excerpt: 'Nobody talks.', role: 'owner', ventureId: null })
    const first = kept.headers.get('etag') as string
    const read = await ann.request('GET', path(kept.body))
    expect(read.headers.get('etag')).toBe(first)
    expect(read.body.content).toMatchObject({ type: 'doc', content: [{ content: [{ type: 'text', text: 'Nobody talks.' }] }] })
    const changed = await ann.request('PATCH', path(kept.body), { content: saying('We keep quiet.'), tags: [] }, { 'if-match': first })
    expect(changed.body).toMatchObject({ name: 'Silence', tags: [], excerpt: 'We keep quiet.' })
    expect((await ann.request('PATCH', path(kept.body), { name: 'Late' }, { 'if-match': first })).status).toBe(412)
    expect((await ann.request('DELETE', path(kept.body), undefined, { 'if-match': first })).status).toBe(412)
    expect((await ann.request('DELETE', path(kept.body))).status).toBe(204)
    expect((await ann.request('GET', path(kept.body))).status).toBe(404)
    expect(await names(ann)).not.toContain('Silence')
  })

  test('of a venture is readable by members and writable by editors; a personal clause is private', async () => {
    const own = await made(ann, { name: 'Own', content: saying('Mine.') })
    const shared = await made(ann, { name: 'Shared', content: saying('Ours.'), ventureId })
    expect((await ben.request('GET', path(shared))).body).toMatchObject({ name: 'Shared', role: 'viewer', ventureId })
    for (const person of [ben, eve]) expect((await person.request('GET', path(own))).status).toBe(404)
    expect((await eve.request('GET', path(shared))).status).toBe(404)
    expect((await ben.request('PATCH', path(shared), { name: 'x' })).status).toBe(403)
    expect((await ben.request('DELETE', path(shared))).status).toBe(403)
    expect((await ben.request('POST', '/api/legal/clauses', { name: 'x', content: saying('x'), ventureId })).status).toBe(403)
    expect((await eve.request('POST', '/api/legal/clauses', { name: 'x', content: saying('x'), ventureId })).status).toBe(404)
    expect(await names(ben)).toEqual(['Shared'])
    expect(await names(eve)).toEqual([])
    await ann.request('PUT', `/api/ventures/${ventureId}/members/${ben.id}`, { role: 'editor' })
    expect((await ben.request('PATCH', path(shared), { name: 'Shared by us' })).body).toMatchObject({
      name: 'Shared by us',
      role: 'editor',
    })
    await ann.request('PUT', `/api/ventures/${ventureId}/members/${ben.id}`, { role: 'viewer' })
  })

  test('is found by words of its name, tags and text, in any order', async () => {
    const finder = await registerPerson(node.url, 'Finn')
    await made(finder, { name: 'Governing law', content: saying('The courts of Ghent decide.'), tags: ['courts'] })
    await made(finder, { name: 'Payment', content: saying('Within thirty days, 100% of it.'), tags: ['money'] })
    const found = (query: string) => names(finder, `?${new URLSearchParams(query)}`)
    expect(await found('q=ghent governing')).toEqual(['Governing law'])
    expect(await found('q=DAYS money')).toEqual(['Payment'])
    expect(await found('q=100%25')).toEqual(['Payment'])
    expect(await found('q=ghent thirty')).toEqual([])
    expect(await found('tag=courts')).toEqual(['Governing law'])
    expect(await found(`ventureId=${ventureId}`)).toEqual([])
    const page = (await finder.request('GET', '/api/legal/clauses?limit=1')).body
    expect(page.items.map(({ name }: { name: string }) => name)).toEqual(['Payment'])
    expect(page.items[0]).not.toHaveProperty('content')
    expect(await found(`limit=1&cursor=${page.nextCursor}`)).toEqual(['Governing law'])
  })

  test('with invalid content or tags is refused, with the path of invalid content, and is not stored', async () => {
    const before = await names(ann)
    for (const content of [
      { type: 'doc', content: [{ type: 'iframe' }] },
      {
        type: 'doc',
        content: [
          { type: 'paragraph', content: [{ type: 'text', text: 'x', marks: [{ type: 'link', attrs: { href: 'javascript:x' } }] }] },
        ],
      },
      { type: 'doc' },
      { type: 'page' },
      'text',
    ]) {
      const { status, body } = await ann.request('POST', '/api/legal/clauses', { name: 'Bad', content })
      expect(status).toBe(400)
      expect(body.errors[0].path).toMatch(/^content/)
    }
    expect((await ann.request('POST', '/api/legal/clauses', { name: 'Bad', content: saying('x'), tags: ['two words'] })).status).toBe(400)
    expect(await names(ann)).toEqual(before)
  })

  test('with invalid content from a caller who is not signed in gets 401, not 400', async () => {
    const body = JSON.stringify({ name: 'Bad', content: { type: 'doc', content: [{ type: 'iframe' }] } })
    const answer = await fetch(`${node.url}/api/legal/clauses`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    expect(answer.status).toBe(401)
  })

  test('with invalid content for a venture that the caller may only read gets 403, not 400', async () => {
    const content = { type: 'doc', content: [{ type: 'iframe' }] }
    expect((await ben.request('POST', '/api/legal/clauses', { name: 'Bad', content, ventureId })).status).toBe(403)
  })

  test('of a venture sends its change events to the venture’s audience', async () => {
    const clause = await made(ann, { name: 'Heard', content: saying('x'), ventureId })
    await ann.request('DELETE', path(clause))
    await node.sequencer.drain()
    const { rows } = await sql<{ audience: string[]; data: { change: string } }>`
        select audience, data from event where subject = ${`clause:${clause.id}`} and name = 'clause.changed' order by position`.execute(
      node.database.sql,
    )
    expect(rows.map(({ audience, data }) => [audience, data.change])).toEqual([
      [[`venture:${ventureId}`], 'created'],
      [[`venture:${ventureId}`], 'deleted'],
    ])
  })
})

describe('inserting a clause', () => {
  const draftWith = async (lines: string[]) => {
    const name = await createDraft(ann)
    const writer = await openOnOwnSocket(node.url, name, ann.token)
    const text = writer.document.getXmlFragment('default')
    writer.document.transact(() => {
      for (const line of lines) {
        const block = new Y.XmlElement('paragraph')
        block.insert(0, [new Y.XmlText(line)])
        text.push([block])
      }
    })
    await waitUntil(() => !writer.provider.hasUnsyncedChanges, 'the lines to be committed')
    return { name, writer, text }
  }
  const placeIn = (text: Y.XmlFragment, line: number, index: number) => {
    const words = (text.get(line) as Y.XmlElement).get(0) as Y.XmlText
    return Buffer.from(Y.encodeRelativePosition(Y.createRelativePositionFromTypeIndex(words, index))).toString('base64')
  }

  test('puts it after the block of a position or at the end, reaches open editors, and is attributed to the caller', async () => {
    const clause = await made(ann, { name: 'Two', content: saying('one', 'two') })
    const { name: documentName, writer, text } = await draftWith(['first', 'last'])
    const insert = `/api/legal/documents/${idOf(documentName)}/clauses`
    const place = placeIn(text, 0, 2)
    // meanwhile another edit inserts text before the position
    ;((text.get(0) as Y.XmlElement).get(0) as Y.XmlText).insert(0, 'the very ')
    const inserted = await ann.request('POST', insert, { clauseId: clause.id, after: place })
    expect(inserted.status).toBe(201)
    expect(inserted.body).toMatchObject({ documentName, clauseId: clause.id, head: expect.any(Number) })
    await waitUntil(() => linesOf(writer.document).length === 4, 'the clause to arrive')
    expect(linesOf(writer.document)).toEqual(['the very first', 'one', 'two', 'last'])
    await ann.request('POST', insert, { clauseId: clause.id })
    await waitUntil(() => linesOf(writer.document).length === 6, 'the clause to arrive at the end')
    expect(linesOf(writer.document).slice(3)).toEqual(['last', 'one', 'two'])
    expect((await node.journal.rowsAfter(idOf(documentName), 0)).every(({ actor }) => actor === ann.id)).toBe(true)
  })

  test('puts it at the end when the position was deleted or is of another document; a malformed position is refused', async () => {
    const clause = await made(ann, { name: 'Somewhere', content: saying('clause') })
    const { name, writer, text } = await draftWith(['first', 'second', 'last'])
    const insert = `/api/legal/documents/${idOf(name)}/clauses`
    const gone = placeIn(text, 1, 3)
    text.delete(1)
    await waitUntil(() => !writer.provider.hasUnsyncedChanges, 'the deletion to be committed')
    const foreign = await draftWith(['elsewhere'])
    for (const after of [gone, placeIn(foreign.text, 0, 1)]) {
      expect((await ann.request('POST', insert, { clauseId: clause.id, after })).status).toBe(201)
    }
    await waitUntil(() => linesOf(writer.document).length === 4, 'both to arrive')
    expect(linesOf(writer.document)).toEqual(['first', 'last', 'clause', 'clause'])
    for (const after of ['', 'no base64!', 'AP////8=', 7]) {
      expect((await ann.request('POST', insert, { clauseId: clause.id, after })).body.errors[0].path).toBe('after')
    }
  })

  test('records a use, and the list of uses contains only drafts that the caller may read', async () => {
    const clause = await made(ann, { name: 'Used', content: saying('used'), ventureId })
    const open = await createDraft(ann, 'Open')
    const secret = await createDraft(ann, 'Secret')
    await ann.request('PUT', `/api/documents/${open}/members/${ben.id}`, { role: 'viewer' })
    for (const name of [open, secret]) await ann.request('POST', `/api/legal/documents/${idOf(name)}/clauses`, { clauseId: clause.id })
    const noted = await ann.request('PUT', `${path(clause)}/uses/${idOf(open)}`)
    expect(noted.status).toBe(204)
    const uses = async (person: Person) =>
      (await person.request('GET', `${path(clause)}/uses`)).body.items.map(({ title, times }: any) => [title, times])
    expect(await uses(ann)).toEqual([
      ['Secret', 1],
      ['Open', 2],
    ])
    expect(await uses(ben)).toEqual([['Open', 2]])
    expect((await eve.request('GET', `${path(clause)}/uses`)).status).toBe(404)
    expect((await ann.request('GET', `${path(clause)}/uses?limit=1`)).body).toMatchObject({
      items: [{ documentName: secret }],
      nextCursor: expect.any(String),
    })
    // the text stays in the draft after the clause is deleted
    expect((await ann.request('DELETE', path(clause))).status).toBe(204)
    expect((await ann.request('GET', `${path(clause)}/uses`)).status).toBe(404)
    const reader = await openOnOwnSocket(node.url, open, ann.token)
    expect(linesOf(reader.document)).toEqual(['used'])
  })

  test('and filling fields while two people type loses no edit, and all replicas converge', async () => {
    const random = createRandom(readSeed('typing, filling and inserting at once'))
    const clause = await made(ann, { name: 'Busy', content: saying('clause') })
    const { name, writer, text } = await draftWith(['one', 'two', 'three'])
    await ann.request('PUT', `/api/documents/${name}/members/${ben.id}`, { role: 'editor' })
    const other = await openOnOwnSocket(node.url, name, ben.token)
    const asked: Promise<{ status: number }>[] = []
    let typed = 0
    for (let step = 0; step < 120; step++) {
      const { document } = random() < 0.5 ? writer : other
      const blocks = document.getXmlFragment('default')
      const block = blocks.get(Math.floor(random() * blocks.length)) as Y.XmlElement
      const words = block.get(0) as Y.XmlText
      words.insert(Math.floor(random() * (words.length + 1)), '.')
      typed++
      const kind = random()
      if (kind < 0.08) {
        const after = placeIn(text, Math.floor(random() * text.length), 0)
        asked.push(ann.request('POST', `/api/legal/documents/${idOf(name)}/clauses`, { clauseId: clause.id, after }))
      } else if (kind < 0.16) {
        asked.push(ann.request('PUT', `/api/legal/documents/${idOf(name)}/variables`, { values: { [`field ${step}`]: `value ${step}` } }))
      }
      if (kind > 0.8) await new Promise((resolve) => setImmediate(resolve))
    }
    const answers = await Promise.all(asked)
    expect(answers.every(({ status }) => status < 300)).toBe(true)
    const whole = (document: Y.Doc) => JSON.stringify([linesOf(document), document.getMap('variables').toJSON()])
    const saved = () => !writer.provider.hasUnsyncedChanges && !other.provider.hasUnsyncedChanges
    await waitUntil(() => saved() && whole(writer.document) === whole(other.document), 'both to agree')
    const fresh = await openOnOwnSocket(node.url, name, ann.token)
    expect(whole(fresh.document)).toBe(whole(writer.document))
    const words = linesOf(fresh.document).join('')
    expect(words.split('.').length - 1).toBe(typed)
    expect(words.replaceAll('.', '').split('clause').length - 1 + Object.keys(fresh.document.getMap('variables').toJSON()).length).toBe(
      answers.length,
    )
  })

  test('requires write access to the draft, read access to the clause, and a draft that is not frozen; a refusal records no use', async () => {
    const clause = await made(ann, { name: 'Locked', content: saying('x') })
    const documentName = await createDraft(ann)
    const insert = `/api/legal/documents/${idOf(documentName)}/clauses`
    await ann.request('PUT', `/api/documents/${documentName}/members/${ben.id}`, { role: 'commenter' })
    expect((await ben.request('POST', insert, { clauseId: clause.id })).status).toBe(403)
    expect((await ben.request('PUT', `${path(clause)}/uses/${idOf(documentName)}`)).status).toBe(403)
    expect((await eve.request('POST', insert, { clauseId: clause.id })).status).toBe(404)
    const bens = await made(ben, { name: 'Ben’s', content: saying('x') })
    expect((await ann.request('POST', insert, { clauseId: bens.id })).status).toBe(404)
    await node.domain.run(toPersonActor(ann), freezeDocument, { documentName })
    expect((await ann.request('POST', insert, { clauseId: clause.id })).status).toBe(409)
    expect((await ann.request('GET', `${path(clause)}/uses`)).body.items).toEqual([])
    expect(await node.journal.rowsAfter(idOf(documentName), 0)).toEqual([])
  })
})
