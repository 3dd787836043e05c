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

const createContent = (...paragraphs: string[]) => ({
  type: 'doc',
  content: paragraphs.map((text) => ({ type: 'paragraph', content: [{ type: 'text', text }] })),
})
const createClause = async (person: Person, body: object) => {
  const response = await person.request('POST', '/api/legal/clauses', body)
  expect(response.status).toBe(201)
  return response.body
}
const listNames = async (person: Person, query = '') =>
  (await person.request('GET', `/api/legal/clauses${query}`)).body.items.map(({ name }: { name: string }) => name)
const toPath = ({ id }: { id: string }) => `/api/legal/clauses/${id}`
const toId = (documentName: string) => documentName.split(':')[1] as string
const readParagraphs = (document: Y.Doc) =>
  document
    .getXmlFragment('default')
    .toArray()
    .map((block) => block.toString().replace(/<[^>]+>/g, ''))

describe('a clause', () => {
  test('is created, read, updated with If-Match, and deleted', async () => {
    const created = await ann.request('POST', '/api/legal/clauses', {
      name: 'Silence',
      content: createContent('Nobody talks.'),
      tags: ['NDA', 'nda'],
    })
    expect(created.body).toMatchObject({ name: 'Silence', tags: ['nda'], excerpt: 'Nobody talks.', role: 'owner', ventureId: null })
    const firstEtag = created.headers.get('etag') as string
    const read = await ann.request('GET', toPath(created.body))
    expect(read.headers.get('etag')).toBe(firstEtag)
    expect(read.body.content).toMatchObject({ type: 'doc', content: [{ content: [{ type: 'text', text: 'Nobody talks.' }] }] })
    const changed = await ann.request(
      'PATCH',
      toPath(created.body),
      { content: createContent('We keep quiet.'), tags: [] },
      { 'if-match': firstEtag },
    )
    expect(changed.body).toMatchObject({ name: 'Silence', tags: [], excerpt: 'We keep quiet.' })
    expect((await ann.request('PATCH', toPath(created.body), { name: 'Late' }, { 'if-match': firstEtag })).status).toBe(412)
    expect((await ann.request('DELETE', toPath(created.body), undefined, { 'if-match': firstEtag })).status).toBe(412)
    expect((await ann.request('DELETE', toPath(created.body))).status).toBe(204)
    expect((await ann.request('GET', toPath(created.body))).status).toBe(404)
    expect(await listNames(ann)).not.toContain('Silence')
  })

  test('of a venture is readable by members and writable by editors; a personal clause is private', async () => {
    const personal = await createClause(ann, { name: 'Own', content: createContent('Mine.') })
    const shared = await createClause(ann, { name: 'Shared', content: createContent('Ours.'), ventureId })
    expect((await ben.request('GET', toPath(shared))).body).toMatchObject({ name: 'Shared', role: 'viewer', ventureId })
    for (const person of [ben, eve]) expect((await person.request('GET', toPath(personal))).status).toBe(404)
    expect((await eve.request('GET', toPath(shared))).status).toBe(404)
    expect((await ben.request('PATCH', toPath(shared), { name: 'x' })).status).toBe(403)
    expect((await ben.request('DELETE', toPath(shared))).status).toBe(403)
    expect((await ben.request('POST', '/api/legal/clauses', { name: 'x', content: createContent('x'), ventureId })).status).toBe(403)
    expect((await eve.request('POST', '/api/legal/clauses', { name: 'x', content: createContent('x'), ventureId })).status).toBe(404)
    expect(await listNames(ben)).toEqual(['Shared'])
    expect(await listNames(eve)).toEqual([])
    await ann.request('PUT', `/api/ventures/${ventureId}/members/${ben.id}`, { role: 'editor' })
    expect((await ben.request('PATCH', toPath(shared), { name: 'Shared by us' })).body).toMatchObject({
      name: 'Shared by us',
      role: 'editor',
    })
    await ann.request('PUT', `/api/ventures/${ventureId}/members/${ben.id}`, { role: 'viewer' })
  })

  test('is found by words of its name, tags and text, in any order', async () => {
    const finn = await registerPerson(node.url, 'Finn')
    await createClause(finn, { name: 'Governing law', content: createContent('The courts of Ghent decide.'), tags: ['courts'] })
    await createClause(finn, { name: 'Payment', content: createContent('Within thirty days, 100% of it.'), tags: ['money'] })
    const find = (query: string) => listNames(finn, `?${new URLSearchParams(query)}`)
    expect(await find('q=ghent governing')).toEqual(['Governing law'])
    expect(await find('q=DAYS money')).toEqual(['Payment'])
    expect(await find('q=100%25')).toEqual(['Payment'])
    expect(await find('q=ghent thirty')).toEqual([])
    expect(await find('tag=courts')).toEqual(['Governing law'])
    expect(await find(`ventureId=${ventureId}`)).toEqual([])
    const page = (await finn.request('GET', '/api/legal/clauses?limit=1')).body
    expect(page.items.map(({ name }: { name: string }) => name)).toEqual(['Payment'])
    expect(page.items[0]).not.toHaveProperty('content')
    expect(await find(`limit=1&cursor=${page.nextCursor}`)).toEqual(['Governing law'])
  })

  test('with invalid content or tags is refused, with the path of invalid content, and is not stored', async () => {
    const namesBefore = await listNames(ann)
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
    expect(
      (await ann.request('POST', '/api/legal/clauses', { name: 'Bad', content: createContent('x'), tags: ['two words'] })).status,
    ).toBe(400)
    expect(await listNames(ann)).toEqual(namesBefore)
  })

  test('with invalid content from a caller who is not signed in gets 401, not 400', async () => {
    const body = JSON.stringify({ name: 'Bad', content: { type: 'doc', content: [{ type: 'iframe' }] } })
    const response = await fetch(`${node.url}/api/legal/clauses`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    expect(response.status).toBe(401)
  })

  test('with invalid content for a venture that the caller may only read gets 403, not 400', async () => {
    const content = { type: 'doc', content: [{ type: 'iframe' }] }
    expect((await ben.request('POST', '/api/legal/clauses', { name: 'Bad', content, ventureId })).status).toBe(403)
  })

  test('of a venture sends its change events to the venture’s audience', async () => {
    const clause = await createClause(ann, { name: 'Heard', content: createContent('x'), ventureId })
    await ann.request('DELETE', toPath(clause))
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
  const openDraft = async (paragraphs: string[]) => {
    const name = await createDraft(ann)
    const writer = await openOnOwnSocket(node.url, name, ann.token)
    const text = writer.document.getXmlFragment('default')
    writer.document.transact(() => {
      for (const paragraph of paragraphs) {
        const block = new Y.XmlElement('paragraph')
        block.insert(0, [new Y.XmlText(paragraph)])
        text.push([block])
      }
    })
    await waitUntil(() => !writer.provider.hasUnsyncedChanges, 'the paragraphs to be committed')
    return { name, writer, text }
  }
  const encodePosition = (text: Y.XmlFragment, paragraph: number, index: number) => {
    const content = (text.get(paragraph) as Y.XmlElement).get(0) as Y.XmlText
    return Buffer.from(Y.encodeRelativePosition(Y.createRelativePositionFromTypeIndex(content, index))).toString('base64')
  }

  test('puts it after the block of a position or at the end, reaches open editors, and is attributed to the caller', async () => {
    const clause = await createClause(ann, { name: 'Two', content: createContent('one', 'two') })
    const { name: documentName, writer, text } = await openDraft(['first', 'last'])
    const insert = `/api/legal/documents/${toId(documentName)}/clauses`
    const position = encodePosition(text, 0, 2)
    // meanwhile another edit inserts text before the position
    ;((text.get(0) as Y.XmlElement).get(0) as Y.XmlText).insert(0, 'the very ')
    const inserted = await ann.request('POST', insert, { clauseId: clause.id, after: position })
    expect(inserted.status).toBe(201)
    expect(inserted.body).toMatchObject({ documentName, clauseId: clause.id, head: expect.any(Number) })
    await waitUntil(() => readParagraphs(writer.document).length === 4, 'the clause to arrive')
    expect(readParagraphs(writer.document)).toEqual(['the very first', 'one', 'two', 'last'])
    await ann.request('POST', insert, { clauseId: clause.id })
    await waitUntil(() => readParagraphs(writer.document).length === 6, 'the clause to arrive at the end')
    expect(readParagraphs(writer.document).slice(3)).toEqual(['last', 'one', 'two'])
    expect((await node.journal.rowsAfter(toId(documentName), 0)).every(({ actor }) => actor === ann.id)).toBe(true)
  })

  test('puts it at the end when the position was deleted or is of another document; a malformed position is refused', async () => {
    const clause = await createClause(ann, { name: 'Somewhere', content: createContent('clause') })
    const { name, writer, text } = await openDraft(['first', 'second', 'last'])
    const insert = `/api/legal/documents/${toId(name)}/clauses`
    const deletedPosition = encodePosition(text, 1, 3)
    text.delete(1)
    await waitUntil(() => !writer.provider.hasUnsyncedChanges, 'the deletion to be committed')
    const otherDraft = await openDraft(['elsewhere'])
    for (const after of [deletedPosition, encodePosition(otherDraft.text, 0, 1)]) {
      expect((await ann.request('POST', insert, { clauseId: clause.id, after })).status).toBe(201)
    }
    await waitUntil(() => readParagraphs(writer.document).length === 4, 'both clauses to arrive')
    expect(readParagraphs(writer.document)).toEqual(['first', 'last', 'clause', 'clause'])
    for (const after of ['', 'no base64!', 'AP////8=', 7]) {
      expect((await ann.request('POST', insert, { clauseId: clause.id, after })).body.errors[0].path).toBe('after')
    }
  })

  test('records a use, and the list of uses contains only drafts that the caller may read', async () => {
    const clause = await createClause(ann, { name: 'Used', content: createContent('used'), ventureId })
    const open = await createDraft(ann, 'Open')
    const secret = await createDraft(ann, 'Secret')
    await ann.request('PUT', `/api/documents/${open}/members/${ben.id}`, { role: 'viewer' })
    for (const name of [open, secret]) await ann.request('POST', `/api/legal/documents/${toId(name)}/clauses`, { clauseId: clause.id })
    const recorded = await ann.request('PUT', `${toPath(clause)}/uses/${toId(open)}`)
    expect(recorded.status).toBe(204)
    const listUses = async (person: Person) =>
      (await person.request('GET', `${toPath(clause)}/uses`)).body.items.map(({ title, times }: any) => [title, times])
    expect(await listUses(ann)).toEqual([
      ['Secret', 1],
      ['Open', 2],
    ])
    expect(await listUses(ben)).toEqual([['Open', 2]])
    expect((await eve.request('GET', `${toPath(clause)}/uses`)).status).toBe(404)
    expect((await ann.request('GET', `${toPath(clause)}/uses?limit=1`)).body).toMatchObject({
      items: [{ documentName: secret }],
      nextCursor: expect.any(String),
    })
    // the text stays in the draft after the clause is deleted
    expect((await ann.request('DELETE', toPath(clause))).status).toBe(204)
    expect((await ann.request('GET', `${toPath(clause)}/uses`)).status).toBe(404)
    const reader = await openOnOwnSocket(node.url, open, ann.token)
    expect(readParagraphs(reader.document)).toEqual(['used'])
  })

  test('and filling fields while two people type loses no edit, and all replicas converge', async () => {
    const random = createRandom(readSeed('typing, filling and inserting at once'))
    const clause = await createClause(ann, { name: 'Busy', content: createContent('clause') })
    const { name, writer, text } = await openDraft(['one', 'two', 'three'])
    await ann.request('PUT', `/api/documents/${name}/members/${ben.id}`, { role: 'editor' })
    const otherWriter = await openOnOwnSocket(node.url, name, ben.token)
    const requests: Promise<{ status: number }>[] = []
    let typedCount = 0
    for (let step = 0; step < 120; step++) {
      const { document } = random() < 0.5 ? writer : otherWriter
      const blocks = document.getXmlFragment('default')
      const block = blocks.get(Math.floor(random() * blocks.length)) as Y.XmlElement
      const content = block.get(0) as Y.XmlText
      content.insert(Math.floor(random() * (content.length + 1)), '.')
      typedCount++
      const kind = random()
      if (kind < 0.08) {
        const after = encodePosition(text, Math.floor(random() * text.length), 0)
        requests.push(ann.request('POST', `/api/legal/documents/${toId(name)}/clauses`, { clauseId: clause.id, after }))
      } else if (kind < 0.16) {
        requests.push(
          ann.request('PUT', `/api/legal/documents/${toId(name)}/variables`, { values: { [`field ${step}`]: `value ${step}` } }),
        )
      }
      if (kind > 0.8) await new Promise((resolve) => setImmediate(resolve))
    }
    const responses = await Promise.all(requests)
    expect(responses.every(({ status }) => status < 300)).toBe(true)
    const serialize = (document: Y.Doc) => JSON.stringify([readParagraphs(document), document.getMap('variables').toJSON()])
    const areSaved = () => !writer.provider.hasUnsyncedChanges && !otherWriter.provider.hasUnsyncedChanges
    await waitUntil(() => areSaved() && serialize(writer.document) === serialize(otherWriter.document), 'both replicas to converge')
    const fresh = await openOnOwnSocket(node.url, name, ann.token)
    expect(serialize(fresh.document)).toBe(serialize(writer.document))
    const result = readParagraphs(fresh.document).join('')
    expect(result.split('.').length - 1).toBe(typedCount)
    expect(result.replaceAll('.', '').split('clause').length - 1 + Object.keys(fresh.document.getMap('variables').toJSON()).length).toBe(
      responses.length,
    )
  })

  test('requires write access to the draft, read access to the clause, and a draft that is not frozen; a refusal records no use', async () => {
    const clause = await createClause(ann, { name: 'Locked', content: createContent('x') })
    const documentName = await createDraft(ann)
    const insert = `/api/legal/documents/${toId(documentName)}/clauses`
    await ann.request('PUT', `/api/documents/${documentName}/members/${ben.id}`, { role: 'commenter' })
    expect((await ben.request('POST', insert, { clauseId: clause.id })).status).toBe(403)
    expect((await ben.request('PUT', `${toPath(clause)}/uses/${toId(documentName)}`)).status).toBe(403)
    expect((await eve.request('POST', insert, { clauseId: clause.id })).status).toBe(404)
    const bensClause = await createClause(ben, { name: 'Ben’s', content: createContent('x') })
    expect((await ann.request('POST', insert, { clauseId: bensClause.id })).status).toBe(404)
    await node.domain.run(toPersonActor(ann), freezeDocument, { documentName })
    expect((await ann.request('POST', insert, { clauseId: clause.id })).status).toBe(409)
    expect((await ann.request('GET', `${toPath(clause)}/uses`)).body.items).toEqual([])
    expect(await node.journal.rowsAfter(toId(documentName), 0)).toEqual([])
  })
})
