/** The endpoint list told as OpenAPI 3.1, from the schemas that validate. */
import { z } from 'zod'
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi'
import { problems } from '../domain/kernel/errors.ts'
import { type Endpoint, impliedFields, parametersOf, takesKey } from './endpoint.ts'
import { Problem } from './problem.ts'

const open = new Set([
  'auth.register',
  'auth.login',
  'auth.refresh',
  'auth.createAccount',
  'notifications.getUnsubscribe',
  'notifications.unsubscribe',
])

const bytes = { type: 'string', format: 'binary' } as const

/** @param server the address under which the API is reached */
export function describeApi(endpoints: readonly Endpoint[], server: string, version: string): object {
  const paths: ZodOpenApiPathsObject = {}
  for (const endpoint of endpoints) {
    const path = endpoint.path.replace(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [endpoint.method]: operationOf(endpoint) }
  }
  return createDocument({
    openapi: '3.1.1',
    info: {
      title: 'SmartStart',
      version,
      description: 'People, ventures, spaces, legal drafts and their living documents. Errors are RFC 9457 problems.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: server }],
    security: [{ bearer: [] }],
    components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } },
    paths,
  })
}

/** The last word of a path, and what stands behind it. */
const spelling = (path: string) => /[^/:]+(?:\/:[^/]+)*$/.exec(path)?.[0].replaceAll('/:', '.')

function operationOf(endpoint: Endpoint): ZodOpenApiOperationObject {
  const { operation, method, path, answer, status, more } = endpoint
  const parameters = parametersOf(path)
  const implied = impliedFields(endpoint)
  const shape = operation.input.shape as z.ZodRawShape
  const rest = Object.fromEntries(Object.entries(shape).filter(([name]) => !parameters.includes(name) && !implied.includes(name)))
  const inQuery = method === 'get' || method === 'delete' || more.upload === true
  const headers = {
    ...('ifMatch' in shape && { 'If-Match': z.string().optional().describe('the ETag last seen; another one by now is a conflict') }),
    ...(more.stream && { 'Last-Event-ID': z.string().optional().describe('the id that came last; goes before `after`') }),
    ...(takesKey(endpoint) &&
      !open.has(operation.name) && { 'Idempotency-Key': z.string().max(255).optional().describe('sent twice, done once') }),
  }
  const [slice = '', verb = ''] = operation.name.split('.')
  return {
    operationId: more.alias ? `${operation.name}.${spelling(path)}` : operation.name,
    summary: sentence(verb),
    tags: [slice],
    ...(more.alias && { description: 'Another spelling of the same operation.' }),
    ...(open.has(operation.name) && { security: [] }),
    requestParams: {
      ...(parameters.length > 0 && { path: z.object(Object.fromEntries(parameters.map((name) => [name, shape[name] as z.ZodType]))) }),
      ...(inQuery && Object.keys(rest).length > 0 && { query: z.object(rest) }),
      ...(Object.keys(headers).length > 0 && { header: z.object(headers) }),
    },
    ...(!inQuery &&
      Object.keys(rest).length > 0 && {
        requestBody: { required: true, content: { 'application/json': { schema: z.strictObject(rest) } } },
      }),
    ...(more.upload && { requestBody: { required: true, content: { 'application/octet-stream': { schema: bytes } } } }),
    responses: {
      [more.stream ? 200 : status === 201 && !answer ? 204 : status]: answer
        ? {
            description: 'done',
            content: answer.file ? { 'application/octet-stream': { schema: bytes } } : { 'application/json': { schema: answer.schema } },
          }
        : more.stream
          ? { description: 'events, for as long as one listens', content: { 'text/event-stream': { schema: { type: 'string' } as const } } }
          : { description: 'done; nothing is answered' },
      default: {
        description: `a problem: ${Object.entries(problems)
          .map(([code, { status: number }]) => `${number} ${code}`)
          .join(', ')}`,
        content: { 'application/problem+json': { schema: Problem } },
      },
    },
  }
}

/** `listMembers` as "List members". */
const sentence = (verb: string) => {
  const words = verb.replace(/([A-Z])/g, ' $1').toLowerCase()
  return words.charAt(0).toUpperCase() + words.slice(1)
}
