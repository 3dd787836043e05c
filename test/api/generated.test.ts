/** Requests generated from the OpenAPI document. SEED= repeats a run, GENERATED_REQUESTS= sets the number of requests. */
import { randomUUID } from 'node:crypto'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { expect, test } from 'vitest'
import type { Person } from '../support/client.ts'
import {
  toUrlPath,
  type GeneratedRequest,
  createRequestGenerator,
  type Operation,
  listOperations,
  type Schema,
} from '../support/request-generator.ts'
import { createEmptyDatabase, startNode } from '../support/node.ts'
import { createRandom, chooseSize, readSeed } from '../support/random.ts'
import { createSampleInstallation } from '../support/sample-installation.ts'

const requests = Number(process.env.GENERATED_REQUESTS ?? chooseSize(1000, 2000))

/** Operations that delete resources or end sessions. They run last, in this order. */
const runLast = ['delete', '/auth/logout', '/auth/logout-all', 'delete /users/{id}', '/auth/password']
const rank = ({ method, path }: Operation) =>
  Math.max(runLast.indexOf(method), runLast.indexOf(path), runLast.indexOf(`${method} ${path}`), -1) * 100 -
  (method === 'delete' ? path.split('/').length : 0)

interface ReceivedResponse {
  status: number
  type: string
  text: string
}

test('every response matches the OpenAPI document, is not 5xx, and hides whether an object exists', { timeout: 600_000 }, async () => {
  const seed = readSeed('generated requests')
  const random = createRandom(seed)
  const { env, remove } = await createEmptyDatabase()
  const node = await startNode(env, { WEBHOOK_ALLOW_PRIVATE: 'off' })
  const installation = await createSampleInstallation(node)
  const document: Schema = await (await fetch(`${node.url}/api/openapi.json`)).json()
  const operations = listOperations(document)
  const { valid, invalid } = createRequestGenerator(document, random, installation.knownValue)
  const ajv = addFormats.default(new Ajv2020({ strict: false, validateFormats: true }))
  const validators = new Map<object, ValidateFunction>()
  const getValidator = (schema: Schema) => {
    let validate = validators.get(schema)
    if (!validate) validators.set(schema, (validate = ajv.compile({ ...schema, components: document.components })))
    return validate
  }
  const mismatches: string[] = []
  const statuses = new Map<number, number>()
  const succeeded = new Set<Operation>()
  let sentCount = 0

  async function send(operation: Operation, person: Person | undefined, request: GeneratedRequest): Promise<ReceivedResponse> {
    const json = request.body !== undefined && !Buffer.isBuffer(request.body)
    const headers: Record<string, string> = {
      ...(person && { authorization: `Bearer ${person.token}` }),
      ...(request.body !== undefined && { 'content-type': json ? 'application/json' : 'application/octet-stream' }),
      ...request.headers,
    }
    const response = await fetch(node.url + toUrlPath(operation, request), {
      method: operation.method.toUpperCase(),
      headers,
      ...(request.body !== undefined && { body: json ? JSON.stringify(request.body) : (request.body as Buffer<ArrayBuffer>) }),
    })
    const type = response.headers.get('content-type')?.split(';')[0] ?? ''
    const stream = type === 'text/event-stream'
    if (stream) await response.body?.cancel()
    const received = { status: response.status, type, text: stream ? '' : await response.text() }
    sentCount++
    statuses.set(received.status, (statuses.get(received.status) ?? 0) + 1)
    if (received.status < 300) succeeded.add(operation)
    const mismatch = findMismatch(operation, received)
    if (mismatch)
      mismatches.push(
        `${operation.method.toUpperCase()} ${toUrlPath(operation, request).slice(0, 300)} by ${person?.name ?? 'anonymous'} ${json ? JSON.stringify(request.body).slice(0, 300) : ''}: ${received.status} ${mismatch} ${received.text.slice(0, 300)}`,
      )
    return received
  }

  /** How a response differs from the OpenAPI document; undefined when it matches. */
  function findMismatch({ definition }: Operation, { status, type, text }: ReceivedResponse): string | undefined {
    if (status >= 500) return 'is a server error'
    const reference: Schema | undefined = definition.responses[status]
    if (!reference) return 'is a status that the document does not name'
    const response: Schema = reference.$ref ? document.components.responses[reference.$ref.split('/').at(-1)] : reference
    if (!response.content) return text === '' ? undefined : 'has a body'
    const content = response.content[type] ?? (response.content['application/octet-stream'] && status < 300 ? { schema: {} } : undefined)
    if (!content) return `is ${type}`
    if (!type.endsWith('json')) return undefined
    const body = JSON.parse(text) as Schema
    const validate = getValidator(content.schema)
    if (!validate(body)) return ajv.errorsText(validate.errors)
    return type === 'application/problem+json' && body.status !== status ? 'has another status in its body' : undefined
  }

  const maskIds = (text: string, ids: Iterable<string>) => {
    let masked = text.replace(/"id":"[^"]*"\}$/, '')
    for (const id of ids) masked = masked.replaceAll(id, '<id>')
    return masked
  }

  /** Checks that a stranger gets the same response for existing and for absent objects. */
  async function compareResponses(operation: Operation) {
    const request = valid(operation)
    request.headers = {}
    const absent = new Map(installation.hidden.map((id) => [id, randomUUID()]))
    const replaceIds = <T>(part: T): T => {
      if (part === undefined || Buffer.isBuffer(part)) return part
      let text = JSON.stringify(part)
      for (const [id, absentId] of absent) text = text.replaceAll(id, absentId)
      return JSON.parse(text)
    }
    const absentRequest = { path: replaceIds(request.path), query: replaceIds(request.query), body: replaceIds(request.body), headers: {} }
    if (JSON.stringify(absentRequest) === JSON.stringify({ ...request, headers: {} }))
      return void (await send(operation, installation.stranger, request))
    const [existingResponse, absentResponse] = [
      await send(operation, installation.stranger, request),
      await send(operation, installation.stranger, absentRequest),
    ]
    if (
      existingResponse.status !== absentResponse.status ||
      maskIds(existingResponse.text, absent.keys()) !== maskIds(absentResponse.text, absent.values())
    )
      mismatches.push(
        `${operation.method.toUpperCase()} ${operation.path} tells a stranger what exists: ${existingResponse.status} ${existingResponse.text.slice(0, 200)} | ${absentResponse.status} ${absentResponse.text.slice(0, 200)}`,
      )
  }

  const order = operations
    .map((operation) => ({ operation, place: random() }))
    .sort((one, two) => rank(one.operation) - rank(two.operation) || one.place - two.place)
  const requestsPerOperation = Math.max(1, Math.floor(requests / operations.length) - 7)
  const actors = [undefined, installation.stranger, installation.viewer, installation.owner, installation.administrator]
  for (const { operation } of order) {
    await compareResponses(operation)
    await send(operation, undefined, valid(operation))
    await send(operation, installation.viewer, valid(operation))
    for (let n = 0; n < requestsPerOperation; n++) await send(operation, actors[Math.floor(random() * actors.length)], invalid(operation))
    for (let n = 0; n < 2 || (n < 5 && !succeeded.has(operation)); n++) await send(operation, installation.owner, valid(operation))
    for (let n = 0; n < 4 && !succeeded.has(operation); n++) await send(operation, installation.administrator, valid(operation))
  }
  installation.close()
  await node.stop()
  await remove()
  const missing = operations.filter((operation) => !succeeded.has(operation)).map(({ method, path }) => `${method} ${path}`)
  const serverErrors = [...statuses].filter(([status]) => status >= 500).reduce((sum, [, count]) => sum + count, 0)
  console.log(
    `Generated requests: ${operations.length} operations (${succeeded.size} seen with a 2xx), ${sentCount} requests; ` +
      `${[...statuses]
        .sort(([one], [two]) => one - two)
        .map(([status, count]) => `${status}: ${count}`)
        .join(', ')}; 5xx ${serverErrors}, mismatches ${mismatches.length - serverErrors}`,
  )
  if (missing.length > 0) console.log(`Without a 2xx: ${missing.join(', ')}`)
  expect(mismatches).toEqual([])
  expect(succeeded.size).toBeGreaterThan(operations.length * 0.8)
})
