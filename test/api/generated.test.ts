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
const last = ['delete', '/auth/logout', '/auth/logout-all', 'delete /users/{id}', '/auth/password']
const rank = ({ method, path }: Operation) =>
  Math.max(last.indexOf(method), last.indexOf(path), last.indexOf(`${method} ${path}`), -1) * 100 -
  (method === 'delete' ? path.split('/').length : 0)

interface Answer {
  status: number
  type: string
  text: string
}

test('every response matches the OpenAPI document, is not 5xx, and hides whether an object exists', { timeout: 600_000 }, async () => {
  const seed = readSeed('generated requests')
  const random = createRandom(seed)
  const { env, remove } = await createEmptyDatabase()
  const node = await startNode(env, { WEBHOOK_ALLOW_PRIVATE: 'off' })
  const world = await createSampleInstallation(node)
  const document: Schema = await (await fetch(`${node.url}/api/openapi.json`)).json()
  const operations = listOperations(document)
  const { valid, invalid } = createRequestGenerator(document, random, world.knownValue)
  const ajv = addFormats.default(new Ajv2020({ strict: false, validateFormats: true }))
  const validators = new Map<object, ValidateFunction>()
  const validatorOf = (schema: Schema) => {
    let validate = validators.get(schema)
    if (!validate) validators.set(schema, (validate = ajv.compile({ ...schema, components: document.components })))
    return validate
  }
  const faults: string[] = []
  const statuses = new Map<number, number>()
  const succeeded = new Set<Operation>()
  let sent = 0

  async function send(operation: Operation, person: Person | undefined, drawn: GeneratedRequest): Promise<Answer> {
    const json = drawn.body !== undefined && !Buffer.isBuffer(drawn.body)
    const headers: Record<string, string> = {
      ...(person && { authorization: `Bearer ${person.token}` }),
      ...(drawn.body !== undefined && { 'content-type': json ? 'application/json' : 'application/octet-stream' }),
      ...drawn.headers,
    }
    const response = await fetch(node.url + toUrlPath(operation, drawn), {
      method: operation.method.toUpperCase(),
      headers,
      ...(drawn.body !== undefined && { body: json ? JSON.stringify(drawn.body) : (drawn.body as Buffer<ArrayBuffer>) }),
    })
    const type = response.headers.get('content-type')?.split(';')[0] ?? ''
    const stream = type === 'text/event-stream'
    if (stream) await response.body?.cancel()
    const answer = { status: response.status, type, text: stream ? '' : await response.text() }
    sent++
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
    if (answer.status < 300) succeeded.add(operation)
    const wrongly = judge(operation, answer)
    if (wrongly)
      faults.push(
        `${operation.method.toUpperCase()} ${toUrlPath(operation, drawn).slice(0, 300)} by ${person?.name ?? 'anonymous'} ${json ? JSON.stringify(drawn.body).slice(0, 300) : ''}: ${answer.status} ${wrongly} ${answer.text.slice(0, 300)}`,
      )
    return answer
  }

  /** How a response differs from the OpenAPI document; undefined when it matches. */
  function judge({ definition }: Operation, { status, type, text }: Answer): string | undefined {
    if (status >= 500) return 'is a server error'
    const reference: Schema | undefined = definition.responses[status]
    if (!reference) return 'is a status that the document does not name'
    const response: Schema = reference.$ref ? document.components.responses[reference.$ref.split('/').at(-1)] : reference
    if (!response.content) return text === '' ? undefined : 'has a body'
    const content = response.content[type] ?? (response.content['application/octet-stream'] && status < 300 ? { schema: {} } : undefined)
    if (!content) return `is ${type}`
    if (!type.endsWith('json')) return undefined
    const body = JSON.parse(text) as Schema
    const validate = validatorOf(content.schema)
    if (!validate(body)) return ajv.errorsText(validate.errors)
    return type === 'application/problem+json' && body.status !== status ? 'has another status in its body' : undefined
  }

  const without = (text: string, ids: Iterable<string>) => {
    let rest = text.replace(/"id":"[^"]*"\}$/, '')
    for (const id of ids) rest = rest.replaceAll(id, '<id>')
    return rest
  }

  /** Checks that a stranger gets the same response for existing and for absent objects. */
  async function compare(operation: Operation) {
    const drawn = valid(operation)
    drawn.headers = {}
    const absent = new Map(world.hidden.map((id) => [id, randomUUID()]))
    const replaced = <T>(part: T): T => {
      if (part === undefined || Buffer.isBuffer(part)) return part
      let text = JSON.stringify(part)
      for (const [id, other] of absent) text = text.replaceAll(id, other)
      return JSON.parse(text)
    }
    const other = { path: replaced(drawn.path), query: replaced(drawn.query), body: replaced(drawn.body), headers: {} }
    if (JSON.stringify(other) === JSON.stringify({ ...drawn, headers: {} })) return void (await send(operation, world.stranger, drawn))
    const [there, not] = [await send(operation, world.stranger, drawn), await send(operation, world.stranger, other)]
    if (there.status !== not.status || without(there.text, absent.keys()) !== without(not.text, absent.values()))
      faults.push(
        `${operation.method.toUpperCase()} ${operation.path} tells a stranger what exists: ${there.status} ${there.text.slice(0, 200)} | ${not.status} ${not.text.slice(0, 200)}`,
      )
  }

  const order = operations
    .map((operation) => ({ operation, place: random() }))
    .sort((one, two) => rank(one.operation) - rank(two.operation) || one.place - two.place)
  const each = Math.max(1, Math.floor(requests / operations.length) - 7)
  const actors = [undefined, world.stranger, world.viewer, world.owner, world.administrator]
  for (const { operation } of order) {
    await compare(operation)
    await send(operation, undefined, valid(operation))
    await send(operation, world.viewer, valid(operation))
    for (let n = 0; n < each; n++) await send(operation, actors[Math.floor(random() * actors.length)], invalid(operation))
    for (let n = 0; n < 2 || (n < 5 && !succeeded.has(operation)); n++) await send(operation, world.owner, valid(operation))
    for (let n = 0; n < 4 && !succeeded.has(operation); n++) await send(operation, world.administrator, valid(operation))
  }
  world.close()
  await node.stop()
  await remove()
  const missing = operations.filter((operation) => !succeeded.has(operation)).map(({ method, path }) => `${method} ${path}`)
  const server = [...statuses].filter(([status]) => status >= 500).reduce((sum, [, count]) => sum + count, 0)
  console.log(
    `Generated requests: ${operations.length} operations (${succeeded.size} seen with a 2xx), ${sent} requests; ` +
      `${[...statuses]
        .sort(([one], [two]) => one - two)
        .map(([status, count]) => `${status}: ${count}`)
        .join(', ')}; 5xx ${server}, mismatches ${faults.length - server}`,
  )
  if (missing.length > 0) console.log(`Without a 2xx: ${missing.join(', ')}`)
  expect(faults).toEqual([])
  expect(succeeded.size).toBeGreaterThan(operations.length * 0.8)
})
