/** Describes the endpoints as an OpenAPI 3.1 document, from the schemas that validate requests. */
import { z } from 'zod'
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject, type ZodOpenApiResponseObject } from 'zod-openapi'
import { slices } from '../../domain/slices.ts'
import { allowAnyone } from '../../domain/kernel/permission.ts'
import { problems } from '../../domain/kernel/errors.ts'
import { type Endpoint, impliedFields, pathParameters, acceptsIdempotencyKey } from './endpoint.ts'
import { Problem } from './problem.ts'

const binarySchema = { type: 'string', format: 'binary' } as const

/** @param serverUrl the address of the API */
export function describeApi(endpoints: readonly Endpoint[], serverUrl: string, version: string): object {
  const paths: ZodOpenApiPathsObject = {}
  const templates = new Map<string, string>()
  for (const endpoint of endpoints) {
    // OpenAPI does not allow two templates that differ only in parameter names, so the first one's names are used
    const shape = endpoint.path.replace(/:\w+/g, '{}')
    const template = templates.get(shape) ?? endpoint.path.replace(/:(\w+)/g, '{$1}')
    templates.set(shape, template)
    paths[template] = { ...paths[template], [endpoint.method]: describeOperation(endpoint, template) }
  }
  const sliceNames = [...new Set(endpoints.map(sliceOf))]
  return createDocument({
    openapi: '3.1.1',
    info: {
      title: 'SmartStart',
      version,
      description: 'People, ventures, team spaces, legal drafts and their live documents. Errors are RFC 9457 problems.',
      contact: { name: 'The operator of this installation' },
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: serverUrl }],
    tags: sliceNames.map((name) => ({ name, description: slices.find((slice) => slice.name === name)?.description ?? '' })),
    security: [{ bearer: [] }],
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      responses: Object.fromEntries(problemResponses.map((refusal) => [refusal.name, describeProblemResponse(refusal)])),
    },
    paths,
  })
}

const sliceOf = ({ operation }: Endpoint): string => operation.name.split('.')[0] as string

/** Problem responses by HTTP status, as shared components. The last one stands for every other status. */
const problemResponses = [400, 401, 403, 404, 409, 410, 412, 413, 422, 429, 'default' as const].map((status) => ({
  status,
  name: `Problem${status === 'default' ? 'Other' : status}`,
  codes: Object.entries(problems).filter(([, problem]) => (status === 'default' ? problem.status >= 500 : problem.status === status)),
}))

const describeProblemResponse = ({ codes }: (typeof problemResponses)[number]) => ({
  description: codes.map(([code, { title }]) => `\`${code}\`: ${title}.`).join(' '),
  content: { 'application/problem+json': { schema: Problem } },
})

/** The problem responses of an endpoint. */
function problemResponsesOf(endpoint: Endpoint): readonly (typeof problemResponses)[number][] {
  const { operation, method, path, options } = endpoint
  const shape = operation.input.shape as z.ZodRawShape
  const applies: Partial<Record<number | 'default', boolean>> = {
    410: 'after' in shape,
    412: 'ifMatch' in shape,
    413: method !== 'get' && method !== 'delete',
    422: acceptsIdempotencyKey(endpoint) && !isPublic(endpoint),
    404: path.includes(':') || Object.keys(shape).length > 0,
    409: operation.kind === 'command' || options.stream === true || options.conflicts === true,
  }
  return problemResponses.filter(({ status }) => applies[status] ?? true)
}

/** Whether it can be called without a token. */
const isPublic = ({ operation }: Endpoint): boolean => operation.authorize === allowAnyone

/** The last word of a path, with the parameters after it. */
const pathSuffix = (path: string) => /[^/:]+(?:\/:[^/]+)*$/.exec(path)?.[0].replaceAll('/:', '.')

function describeOperation(endpoint: Endpoint, template: string): ZodOpenApiOperationObject {
  const { operation, method, path, response, status, options } = endpoint
  const parameters = pathParameters(path)
  const names = [...template.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string)
  const implied = impliedFields(endpoint)
  const shape = operation.input.shape as z.ZodRawShape
  const rest = Object.fromEntries(Object.entries(shape).filter(([name]) => !parameters.includes(name) && !implied.includes(name)))
  const inQuery = method === 'get' || method === 'delete' || options.upload === true
  const headers = {
    ...('ifMatch' in shape && {
      'If-Match': z.string().optional().describe('the ETag that you read; refused with 412 if the resource has changed since'),
    }),
    ...(options.stream && { 'Last-Event-ID': z.string().optional().describe('the id received last; takes precedence over `after`') }),
    ...(acceptsIdempotencyKey(endpoint) &&
      !isPublic(endpoint) && {
        'Idempotency-Key': z.string().max(255).optional().describe('a repeated request with this key is executed once'),
      }),
  }
  const verb = operation.name.split('.')[1] ?? ''
  return {
    operationId: options.alias ? `${operation.name}.${pathSuffix(path)}` : operation.name,
    summary: toSentence(verb),
    description: endpoint.description,
    tags: [sliceOf(endpoint)],
    ...(isPublic(endpoint) && { security: [] }),
    requestParams: {
      ...(parameters.length > 0 && {
        path: z.object(Object.fromEntries(parameters.map((name, place) => [names[place], toPathSchema(shape[name] as z.ZodType)]))),
      }),
      ...(inQuery && Object.keys(rest).length > 0 && { query: z.object(rest) }),
      ...(Object.keys(headers).length > 0 && { header: z.object(headers) }),
    },
    ...(!inQuery &&
      Object.keys(rest).length > 0 && {
        requestBody: {
          required: !z.strictObject(rest).safeParse({}).success,
          content: { 'application/json': { schema: z.strictObject(rest) } },
        },
      }),
    ...(options.upload && { requestBody: { required: true, content: { 'application/octet-stream': { schema: binarySchema } } } }),
    responses: {
      [options.stream ? 200 : response ? status : 204]: describeSuccess(endpoint),
      ...(method === 'get' && response?.version && { 304: { description: 'Not changed since the ETag in `If-None-Match`.' } }),
      ...Object.fromEntries(
        problemResponsesOf(endpoint).map(({ status: refused, name }) => [refused, { $ref: `#/components/responses/${name}` }]),
      ),
    },
  }
}

function describeSuccess({ response, options }: Endpoint): ZodOpenApiResponseObject {
  if (options.stream)
    return {
      description: 'Server-sent events, until the connection is closed.',
      content: { 'text/event-stream': { schema: { type: 'string' } } },
    }
  if (!response) return { description: 'Success, without a body.' }
  if (response.file) return { description: 'The file.', content: { 'application/octet-stream': { schema: binarySchema } } }
  return {
    description: 'Success.',
    ...(response.version && { headers: z.object({ ETag: z.string().describe('for `If-Match` and `If-None-Match`') }) }),
    content: {
      'application/json': { schema: response.schema },
      ...(response.html && { 'text/html': { schema: { type: 'string' } } }),
    },
  }
}

/** A path parameter is always given. */
const toPathSchema = (schema: z.ZodType) => (schema instanceof z.ZodOptional ? (schema.unwrap() as z.ZodType) : schema)

/** Converts `listMembers` to "List members". */
const toSentence = (verb: string) => {
  const words = verb.replace(/([A-Z])/g, ' $1').toLowerCase()
  return words.charAt(0).toUpperCase() + words.slice(1)
}
