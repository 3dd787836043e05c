/**
 * Compares `docs/operations-roles.md` with the permissions of each operation for one person of each role. Queries run. Of commands only the
 * permission is checked, so that nothing changes. `UPDATE_ROLES=1` writes the page.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { endpoints } from '../../api/routes/endpoints.ts'
import { identify } from '../../domain/auth/session.ts'
import { DomainError } from '../../domain/kernel/errors.ts'
import { type Actor, anonymous } from '../../domain/kernel/actor.ts'
import type { Operation } from '../../domain/kernel/operation.ts'
import type { Node } from '../../main.ts'
import { registerPerson } from '../support/client.ts'
import { createRequestGenerator, type Operation as Described, listOperations, type Schema } from '../support/request-generator.ts'
import { getEmptyNode } from '../support/node.ts'
import { loadSubjectExamples } from '../support/subject-examples.ts'
import { createSampleInstallation } from '../support/sample-installation.ts'

const file = join(import.meta.dirname, '..', '..', 'docs', 'operations-roles.md')
const roles = ['signed out', 'stranger', 'viewer', 'commenter', 'editor', 'owner', 'administrator'] as const

/** Streams and endpoints with a link token do not depend on roles. */
const documentedEndpoints = endpoints.filter(({ options, path }) => !options.alias && !options.stream && !path.includes(':token'))

/** Values that the REST layer translates before an operation receives them. */
function toDomainValue(name: string, { path }: Described): unknown {
  if (name === 'type' && path.startsWith('/notifications')) return 'general'
  if (name === 'from' && /\/(redline|changes)$/.test(path)) return '0'
  if (name === 'from' && path.startsWith('/audit')) return '1'
  return name === 'from' && path.endsWith('/undo') ? 1 : undefined
}

/** The actors of one installation, each with the role of its name on a subject of every kind; and values for requests. */
async function createActors(node: Node) {
  const installation = await createSampleInstallation(node)
  const commenter = await registerPerson(node.url, 'Cora')
  const editor = await registerPerson(node.url, 'Edith')
  for (const { path, shareable } of await loadSubjectExamples())
    for (const [role, { id }] of Object.entries({ commenter, editor }))
      if (shareable) await installation.owner.request('PUT', `/api${path}/${installation.subjects.get(path)}/members/${id}`, { role })
  for (const [role, { id }] of Object.entries({ commenter, editor }))
    await installation.owner.request('PUT', `/api/legal/documents/${installation.signedDocument}/members/${id}`, { role })
  const identifyActor = ({ token }: { token: string }): Promise<Actor> => node.domain.run(anonymous, identify, { token })
  const actors: Record<(typeof roles)[number], Actor> = {
    'signed out': anonymous,
    stranger: await identifyActor(installation.stranger),
    viewer: await identifyActor(installation.viewer),
    commenter: await identifyActor(commenter),
    editor: await identifyActor(editor),
    owner: await identifyActor(installation.owner),
    administrator: await identifyActor(installation.administrator),
  }
  return { actors, knownValue: installation.knownValue, close: installation.close }
}

test('the page of operations and roles matches the permissions of the operations', { timeout: 600_000 }, async () => {
  const node = await getEmptyNode()
  const { actors, knownValue, close } = await createActors(node)
  const document: Schema = await (await fetch(`${node.url}/api/openapi.json`)).json()
  // only required fields and the last of each choice, so that every run is the same
  const { valid } = createRequestGenerator(
    document,
    () => 0.99,
    (name, operation) => toDomainValue(name, operation) ?? knownValue(name, operation),
  )
  const documented = new Map(listOperations(document).map((operation) => [operation.definition.operationId, operation]))

  const rows: string[] = []
  const unexpected: string[] = []
  for (const { operation, method, path } of documentedEndpoints) {
    const request = valid(documented.get(operation.name) as Described)
    const body = Buffer.isBuffer(request.body) ? { bytes: request.body } : (request.body as object | undefined)
    const parameterNames = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name as string)
    const pathParameters = Object.fromEntries(Object.values(request.path).map((value, index) => [parameterNames[index], value]))
    const fields = Object.keys(operation.input.shape)
    const input = Object.fromEntries(
      Object.entries({ ...request.query, ...body, ...pathParameters }).filter(([name]) => fields.includes(name)),
    )
    const dryRun = { ...operation, kind: 'query', ...(operation.kind === 'command' && { execute: async () => undefined }) } as Operation
    const cells: string[] = []
    for (const role of roles) {
      const error = await node.domain.run(actors[role], dryRun, input).then(
        () => undefined,
        (error: DomainError) => error,
      )
      const refusal = error?.code
      if (refusal === 'invalid-input' || refusal === 'internal') unexpected.push(`${operation.name} for ${role}: ${error?.message}`)
      cells.push(refusal === undefined ? 'yes' : ['unauthenticated', 'not-found', 'forbidden'].includes(refusal) ? '' : 'yes')
    }
    if (!cells.includes('yes')) unexpected.push(`${operation.name}: nobody may; is there an example of what it is about?`)
    rows.push(`| \`${operation.name}\` | \`${method.toUpperCase()} ${path}\` | ${cells.join(' | ')} |`)
  }
  close()
  expect(unexpected).toEqual([])
  const page = `# Operations and roles

Which person may run which operation: nobody signed in, a person without a role, a person with each role on the subject, and an
administrator without a role on it. Strangers are told that the subject does not exist. This page is written by
\`UPDATE_ROLES=1 npm test -- operations-roles\` and compared by \`npm test\`.

| operation | endpoint | ${roles.join(' | ')} |
| --- | --- |${' --- |'.repeat(roles.length)}
${rows.sort().join('\n')}
`
  if (process.env.UPDATE_ROLES) writeFileSync(file, page)
  expect(readFileSync(file, 'utf8')).toBe(page)
})
