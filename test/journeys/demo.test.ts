import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sendRequest } from '../support/client.ts'

let url = ''
let password = ''
let stopDemo: () => Promise<void>

beforeAll(async () => {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../bin/demo.ts')], {
    env: { ...process.env, PORT: '0', HOST: '127.0.0.1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  stopDemo = async () => {
    child.kill('SIGTERM')
    await exited
  }
  let output = ''
  const ready = new Promise<void>((resolve) => {
    child.stdout.on('data', (data: Buffer) => {
      output += data.toString()
      if (output.includes('is deleted when')) resolve()
    })
  })
  await Promise.race([ready, exited.then(() => Promise.reject(new Error(`the demo ended: ${output}`)))])
  url = /ready at (\S+)/.exec(output)?.[1] ?? ''
  password = /password "([^"]+)"/.exec(output)?.[1] ?? ''
}, 180_000)
afterAll(() => stopDemo())

/** Signs in as a user whom the demo prints. */
async function signIn(email: string) {
  const { body } = await sendRequest(url, 'POST', '/api/auth/login', { email, password })
  return async (path: string) =>
    (await sendRequest(url, 'GET', `/api${path}`, undefined, { authorization: `Bearer ${body.accessToken}` })).body
}

test('the users that the demo prints sign in and see its drafts, comments, suggestion, version, plan and board', async () => {
  const [ada, tomas, wen] = await Promise.all(['ada', 'tomas', 'wen'].map((name) => signIn(`${name}@demo.example`)))
  if (!ada || !tomas || !wen) throw new Error('a sign-in failed')
  const { items } = await ada('/legal/documents')
  expect(items.map(({ templateId }: { templateId: string }) => templateId).sort()).toEqual(['founders-agreement', 'mutual-nda'])
  const agreement = items.find(({ templateId }: { templateId: string }) => templateId === 'founders-agreement')
  const fields = await tomas(`/legal/documents/${agreement.id}/variables`)
  expect(fields.items).toContainEqual(expect.objectContaining({ name: 'second-founder', value: 'Tomas Rivera' }))
  expect(fields.empty).toContain('governing-law')
  const documentPath = `/documents/${agreement.documentName}`
  const threads = (await wen(`${documentPath}/comments`)).items
  expect(threads).toMatchObject([{ quote: 'four years', gone: false, comments: [{}, {}] }])
  expect((await wen(`${documentPath}/suggestions`)).items).toMatchObject([
    { kind: 'replace', deleted: 'sixty days', inserted: 'ninety days', name: 'Wen Li' },
  ])
  expect((await tomas(`${documentPath}/versions`)).items).toMatchObject([{ name: 'As the template has it' }])
  const venture = (await ada('/ventures')).items[0]
  const { milestones } = await tomas(`/ventures/${venture.id}/timeline`)
  expect(milestones).toContainEqual(expect.objectContaining({ title: 'A lamp that survives ten metres', state: 'ACHIEVED' }))
  const space = (await wen('/spaces')).items[0]
  const tasks = (await wen(`/spaces/${space.id}/board`)).tasks
  expect(new Set(tasks.map(({ status }: { status: string }) => status))).toEqual(new Set(['TODO', 'DOING', 'REVIEW', 'DONE']))
})
