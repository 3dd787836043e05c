import { beforeAll, describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { freezeDocument } from '../../domain/documents/document.ts'
import type { Node } from '../../main.ts'
import { openOnOwnSocket } from '../support/providers.ts'
import { toPersonActor, type Person, registerPerson } from '../support/client.ts'
import { getEmptyNode } from '../support/node.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: Node
let ann: Person
let ben: Person
let ventureId: string
beforeAll(async () => {
  node = await getEmptyNode()
  ann = await registerPerson(node.url, 'Ann')
  ben = await registerPerson(node.url, 'Ben')
  ventureId = (await ann.request('POST', '/api/ventures', { name: 'Lanternfish', purpose: 'Light for divers' })).body.id
})

const readXml = (document: Y.Doc) => document.getXmlFragment('default').toString()
const createFromTemplate = async (templateId: string, fields: object = {}) => {
  const { status, body } = await ann.request('POST', '/api/legal/documents', { templateId, ...fields })
  expect(status).toBe(201)
  return body
}
const readVariables = async (id: string) => {
  const { body } = await ann.request('GET', `/api/legal/documents/${id}/variables`)
  return { ...body, values: Object.fromEntries(body.items.map(({ name, value }: any) => [name, value])) }
}

describe('templates', () => {
  test('are listed with their variables, and each is shown with its text', async () => {
    const { body } = await ben.request('GET', '/api/legal/templates')
    expect(body.items.map(({ id }: { id: string }) => id)).toEqual([
      'mutual-nda',
      'contributor-agreement',
      'founders-agreement',
      'ip-assignment',
      'advisor-agreement',
      'investment-note',
      'venture-charter',
      'umbrella-agreement',
    ])
    for (const { id, variables } of body.items) {
      const template = (await ben.request('GET', `/api/legal/templates/${id}`)).body
      expect(template.variables).toEqual(variables)
      for (const { name } of variables) expect(JSON.stringify(template.preview)).toContain(JSON.stringify(name))
    }
    expect((await ben.request('GET', '/api/legal/templates/mutual-nda')).body.variables[0]).toEqual({
      name: 'date',
      label: 'Date',
      kind: 'date',
      from: 'today',
    })
  })

  test('create a draft with its text at once, filled from the person, the venture and the request', async () => {
    const draft = await createFromTemplate('founders-agreement', {
      ventureId,
      variables: { 'second-founder': 'Ben', 'first-role': 'Product' },
    })
    expect(draft).toMatchObject({ title: "Founders' agreement", kind: 'founders-agreement', templateId: 'founders-agreement', ventureId })
    const reader = await openOnOwnSocket(node.url, draft.documentName, ann.token)
    expect(readXml(reader.document)).toContain('<variable name="second-founder"></variable>')
    expect(reader.document.getMap('variables').get('venture')).toBe('Lanternfish')
    const { values, empty } = await readVariables(draft.id)
    expect(values).toMatchObject({
      venture: 'Lanternfish',
      'venture-purpose': 'Light for divers',
      'first-founder': 'Ann',
      'first-email': ann.email,
      'second-founder': 'Ben',
      'first-role': 'Product',
      date: expect.stringMatching(/^\d{1,2} \w+ \d{4}$/),
    })
    expect(empty).toEqual(['second-email', 'second-role', 'first-share', 'second-share', 'spending-limit', 'governing-law'])
    expect((await ann.request('GET', `/api/legal/documents/${draft.id}`)).body.templateId).toBe('founders-agreement')
  })

  test('the template’s text is the first row, by the author; later edits follow it', async () => {
    const { id, documentName } = await createFromTemplate('mutual-nda', { title: 'With Northwind' })
    const rows = await node.journal.rowsAfter(id, 0)
    expect(rows.map(({ seq, actor }) => [seq, actor])).toEqual([[1, ann.id]])
    const writer = await openOnOwnSocket(node.url, documentName, ann.token)
    writer.document.getXmlFragment('default').push([new Y.XmlElement('paragraph')])
    await waitUntil(async () => (await node.journal.rowsAfter(id, 1)).length === 1, 'the second row')
  })

  test('ten concurrent requests with one idempotency key create one draft with one text', async () => {
    const body = { templateId: 'venture-charter', ventureId }
    const responses = await Promise.all(
      Array.from({ length: 10 }, () => ann.request('POST', '/api/legal/documents', body, { 'idempotency-key': 'charter' })),
    )
    expect(new Set(responses.map(({ status, body }) => `${status} ${body.id}`)).size).toBe(1)
    const rows = await node.journal.rowsAfter(responses[0]?.body.id, 0)
    expect(rows).toHaveLength(1)
  })

  test('an unknown template, an unknown variable and a venture of others create nothing', async () => {
    const countBefore = (await ann.request('GET', '/api/legal/documents?limit=100')).body.items.length
    const createDraft = async (person: Person, body: object) => (await person.request('POST', '/api/legal/documents', body)).body
    expect((await createDraft(ann, { templateId: 'poem' })).errors[0].path).toBe('templateId')
    expect((await createDraft(ann, { templateId: 'mutual-nda', variables: { owner: 'x' } })).errors[0].path).toBe('variables.owner')
    expect((await createDraft(ann, { templateId: 'mutual-nda', variables: { purpose: 'x'.repeat(1001) } })).type).toContain('invalid-input')
    expect((await createDraft(ann, {})).errors[0].path).toBe('title')
    expect((await createDraft(ann, { title: 'x', variables: { a: 'x' } })).errors[0].path).toBe('variables')
    const refusal = await createDraft(ben, { templateId: 'mutual-nda', ventureId })
    expect(refusal.type).toBe('urn:problem:not-found')
    expect(JSON.stringify(refusal)).not.toContain('Lanternfish')
    expect((await ann.request('GET', '/api/legal/documents?limit=100')).body.items).toHaveLength(countBefore)
  })
})

describe('the fields of a draft', () => {
  test('are set and cleared over REST, arrive live, and count as edits of the requester', async () => {
    const { id, documentName } = await createFromTemplate('mutual-nda')
    const reader = await openOnOwnSocket(node.url, documentName, ann.token)
    const path = `/api/legal/documents/${id}/variables`
    const updated = await ann.request('PUT', path, { values: { 'second-party': 'Northwind', 'first-email': null, extra: 'kept' } })
    expect(updated.status).toBe(200)
    expect(updated.body.items.find(({ name }: any) => name === 'second-party')).toEqual({
      name: 'second-party',
      label: 'Second party',
      value: 'Northwind',
      used: 2,
    })
    expect(updated.body.items.at(-1)).toEqual({ name: 'extra', label: 'Extra', value: 'kept', used: 0 })
    expect(updated.body.empty).toContain('first-email')
    expect(updated.body.empty).not.toContain('extra')
    const values = reader.document.getMap('variables')
    await waitUntil(() => values.get('second-party') === 'Northwind' && !values.has('first-email'), 'the values to reach the reader')
    expect((await node.journal.rowsAfter(id, 1)).map(({ actor }) => actor)).toEqual([ann.id])
    // setting the same value again is not an edit
    await ann.request('PUT', path, { values: { 'second-party': 'Northwind' } })
    expect(await node.journal.rowsAfter(id, 1)).toHaveLength(1)
    values.set('purpose', 'lamps')
    await waitUntil(async () => (await readVariables(id)).values.purpose === 'lamps', 'the typed value to be returned')
  })

  test('include the variables in any part of a text and ignore malformed ones of a hostile client', async () => {
    const { body } = await ann.request('POST', '/api/legal/documents', { title: 'Plain' })
    const writer = await openOnOwnSocket(node.url, body.documentName, ann.token)
    const createVariable = (name: unknown) => {
      const element = new Y.XmlElement('variable')
      if (name !== undefined) element.setAttribute('name', name as string)
      return element
    }
    const [quote, paragraph] = [new Y.XmlElement('blockquote'), new Y.XmlElement('paragraph')]
    paragraph.insert(0, [
      createVariable('b'),
      createVariable('a'),
      createVariable('b'),
      createVariable({ evil: 1 }),
      createVariable('<img>'),
      createVariable(undefined),
    ])
    quote.insert(0, [paragraph])
    writer.document.transact(() => {
      writer.document.getXmlFragment('default').insert(0, [quote])
      const values = writer.document.getMap<unknown>('variables')
      values.set('a', { evil: true })
      values.set('b', 'x'.repeat(5000))
      values.set('<script>', 'x')
      values.set('c', '   ')
    })
    await waitUntil(async () => (await readVariables(body.id)).items.length === 2, 'the fields to be committed')
    expect((await readVariables(body.id)).items).toEqual([
      { name: 'b', label: 'B', value: 'x'.repeat(1000), used: 2 },
      { name: 'a', label: 'A', value: null, used: 1 },
    ])
  })

  test('are read but not changed by a commenter; a stranger gets 404, and a frozen draft refuses changes', async () => {
    const { id, documentName } = await createFromTemplate('ip-assignment')
    const path = `/api/legal/documents/${id}/variables`
    const change = { values: { works: 'A lamp' } }
    expect((await ben.request('GET', path)).status).toBe(404)
    expect((await ben.request('PUT', path, change)).status).toBe(404)
    await ann.request('PUT', `/api/documents/${documentName}/members/${ben.id}`, { role: 'commenter' })
    expect((await ben.request('GET', path)).status).toBe(200)
    expect((await ben.request('PUT', path, change)).status).toBe(403)
    for (const values of [{ '1': 'x' }, { works: 7 }, { works: 'x'.repeat(1001) }, 'x', null]) {
      expect((await ann.request('PUT', path, { values })).body.type).toBe('urn:problem:invalid-input')
    }
    const annsActor = toPersonActor(ann)
    await node.domain.run(annsActor, freezeDocument, { documentName })
    expect((await ann.request('PUT', path, change)).status).toBe(409)
    expect((await readVariables(id)).values.works).toBeNull()
  })
})
