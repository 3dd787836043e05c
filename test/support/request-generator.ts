/** Generates requests from the OpenAPI document: valid, at the bounds and invalid. */
import { randomUUID } from 'node:crypto'

export type Schema = Record<string, any>
export interface Operation {
  method: string
  path: string
  definition: Schema
}

/** A request before it is sent: its path parameters, query and body. */
export interface GeneratedRequest {
  path: Record<string, string>
  query: Record<string, unknown>
  body: unknown
  headers: Record<string, string>
}

/** Lists the operations of an OpenAPI document. */
export const listOperations = (document: Schema): Operation[] =>
  Object.entries<Schema>(document.paths).flatMap(([path, item]) =>
    Object.entries<Schema>(item).map(([method, definition]) => ({ method, path, definition })),
  )

/** Returns a value for a field whose schema does not suffice, usually an existing id; undefined generates one. */
export type KnownValue = (name: string, operation: Operation) => unknown

export interface RequestGenerator {
  valid: (operation: Operation) => GeneratedRequest
  /** A valid request with one or two values replaced by values at or beyond a bound. */
  invalid: (operation: Operation) => GeneratedRequest
}

const boundaryValues: readonly unknown[] = [
  '', ' ', '\0', 'a\0b', '\ud83d', '\udc00x', '\u0001\r\n', '👩‍👩‍👧‍👦', '‮abc', "'; drop table x; --", '%00', '../../etc/passwd', '__proto__', 'null', 'NaN',
  '-1', '1e999', '9999999999999999999', '0000-01-01', '0000-01-01T00:00:00Z', '9999-12-31T23:59:59-12:00', '2027-02-30', 'x'.repeat(300), 'é'.repeat(6000),
  '00000000-0000-0000-0000-000000000000', 'legal:x', 'platform', '*', '{}', -1, 0, 1.5, 2_147_483_648, Number.MAX_SAFE_INTEGER, 2 ** 63, 1e308, null, true, [], {},
  [null], [[[[]]]], { a: { b: 'c' } }, { '\0': 1 }, { constructor: 1 }, ['\ud800'], Array.from({ length: 200 }, () => 'x'),
] // biome-ignore format: a table

/** A copy, since requests change their values. */
const pickBoundaryValue = (random: () => number): unknown => structuredClone(boundaryValues[Math.floor(random() * boundaryValues.length)])

/** Node.js refuses requests with more than 16 KiB of headers before the API sees them. */
const truncateForUrl = (value: unknown) => (typeof value === 'string' ? value.slice(0, 1000) : value)

/** @param random numbers in [0, 1) */
export function createRequestGenerator(document: Schema, random: () => number, known: KnownValue): RequestGenerator {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  const between = (min: number, max: number) => min + Math.floor(random() * (max - min + 1))

  function generateValue(given: Schema, name: string, operation: Operation): unknown {
    const value = known(name, operation)
    if (value !== undefined) return value
    const schema: Schema = given.$ref ? document.components.schemas[given.$ref.split('/').at(-1)] : given
    if (schema.const !== undefined) return schema.const
    if (schema.enum) return pick(schema.enum)
    const choices = schema.anyOf ?? schema.oneOf ?? schema.allOf
    if (choices) return generateValue(pick(choices), name, operation)
    const type = Array.isArray(schema.type) ? pick(schema.type as string[]) : schema.type
    if (type === 'string') return generateText(schema)
    if (type === 'integer') return between(Math.max(schema.minimum ?? 0, -1e6), Math.min(schema.maximum ?? 100, 1e6))
    if (type === 'number') return Math.min(schema.maximum ?? 1000, Math.max(schema.minimum ?? 0, random() * 1000))
    if (type === 'boolean') return random() < 0.5
    if (type === 'null') return null
    if (type === 'array')
      return Array.from({ length: between(schema.minItems ?? 0, Math.min(schema.maxItems ?? 3, (schema.minItems ?? 0) + 2)) }, () =>
        generateValue(schema.items ?? {}, name, operation),
      )
    if (type === 'object' || schema.properties) return generateFields(schema, operation)
    return pick(['word', 1, { key: 'value' }])
  }

  function generateFields(schema: Schema, operation: Operation): Record<string, unknown> {
    const required: string[] = schema.required ?? []
    const fields = Object.entries<Schema>(schema.properties ?? {}).filter(([name]) => required.includes(name) || random() < 0.4)
    return Object.fromEntries(fields.map(([name, one]) => [name, generateValue(one, name, operation)]))
  }

  function generateText({ format, minLength = 1, maxLength = 40 }: Schema): string {
    if (format === 'uuid') return randomUUID()
    if (format === 'email') return `${randomUUID()}@example.org`
    if (format === 'date') return `20${between(20, 40)}-0${between(1, 9)}-${between(10, 28)}`
    if (format === 'date-time') return new Date(Date.now() + between(60, 600) * 60_000).toISOString()
    const words = ['Term', 'société', '契約', '🤝', 'ZÜRICH', 'a-b', 'fünf', 'x']
    let text = pick(words)
    while (text.length < minLength || (text.length < maxLength && random() < 0.6)) text += ` ${pick(words)}`
    // never cuts a surrogate pair
    return text.length <= maxLength ? text : 'x'.repeat(maxLength)
  }

  const bodySchema = ({ definition }: Operation): Schema | undefined => definition.requestBody?.content?.['application/json']?.schema

  function valid(operation: Operation): GeneratedRequest {
    const drawn: GeneratedRequest = { path: {}, query: {}, body: undefined, headers: {} }
    for (const { name, in: place, required, schema } of operation.definition.parameters ?? []) {
      if (place === 'path') drawn.path[name] = String(generateValue(schema, name, operation))
      else if (place === 'query' && (required || random() < 0.4)) {
        const value = name === 'cursor' ? undefined : generateValue(schema, name, operation)
        if (value !== undefined && value !== null) drawn.query[name] = value
      } else if (name === 'Idempotency-Key' && random() < 0.3) drawn.headers[name] = randomUUID()
    }
    const schema = bodySchema(operation)
    if (schema) drawn.body = generateValue(schema, '', operation)
    else if (operation.definition.requestBody) drawn.body = Buffer.from(`# Heading ${randomUUID()}\n\nSome words.`)
    return drawn
  }

  function invalid(operation: Operation): GeneratedRequest {
    const drawn = valid(operation)
    for (let times = between(1, 2); times > 0; times--) {
      const places: (() => void)[] = []
      for (const { name, in: place } of operation.definition.parameters ?? []) {
        if (place === 'path') places.push(() => void (drawn.path[name] = String(pickBoundaryValue(random)).slice(0, 1000) || 'x'))
        if (place === 'query') places.push(() => void (drawn.query[name] = truncateForUrl(pickBoundaryValue(random))))
        if (place === 'header')
          places.push(() => void (drawn.headers[name] = pick(['"1"', '*', 'W/"0-x"', 'x'.repeat(256), 'é', '-1', '1e9'])))
      }
      const { body } = drawn
      if (typeof body === 'object' && body !== null && !Buffer.isBuffer(body)) {
        const fields = body as Record<string, unknown>
        const names = [...Object.keys(bodySchema(operation)?.properties ?? {}), 'surprise']
        places.push(() => void (fields[pick(names)] = pickBoundaryValue(random)))
        places.push(() => void (fields[pick(names)] = 'x'.repeat(pick([40, 80, 100, 101, 200, 201, 500, 501, 5000, 5001]))))
        places.push(() => void delete fields[pick(names)])
        places.push(() => void (drawn.body = pickBoundaryValue(random)))
      }
      if (places.length > 0) pick(places)()
    }
    return drawn
  }
  return { valid, invalid }
}

/** The path and query of a request. */
export function toUrlPath({ path }: Operation, { path: inPath, query }: GeneratedRequest): string {
  const wellFormed = (value: unknown) =>
    encodeURIComponent(String(typeof value === 'object' ? JSON.stringify(value) : value).toWellFormed())
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((one) => `${encodeURIComponent(name)}=${wellFormed(one)}`),
  )
  return `/api${path.replace(/\{(\w+)\}/g, (_, name: string) => wellFormed(inPath[name]))}${pairs.length > 0 ? `?${pairs.join('&')}` : ''}`
}
