import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sendRequest } from '../support/client.ts'

let url = ''
let password = ''
let end: () => Promise<void>

beforeAll(async () => {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../bin/demo.ts')], {
    env: { ...process.env, PORT: '0', HOST: '127.0.0.1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  end = async () => {
    child.kill('SIGTERM')
    await ended
  }
  let printed = ''
  const ready = new Promise<void>((resolve) => {
    child.stdout.on('data', (data: Buffer) => {
      printed += data.toString()
      if (printed.includes('is deleted when')) resolve()
    })
  })
  await Promise.race([ready, ended.then(() => Promise.reject(new Error(`the demo ended: ${printed}`)))])
  url = /ready at (\S+)/.exec(printed)?.[1] ?? ''
  password = /password "([^"]+)"/.exec(printed)?.[1] ?? ''
}, 180_000)
afterAll(() => end())

/** Signs in as a user whom the demo prints. */
async function signedIn(email: string) {
  const { body } = await sendRequest(url, 'POST', '/api/auth/login', { email, password })
  return async (path: string) =>
    (await sendRequest(url, 'GET', `/api${path}`, undefined, { authorization: `Bearer ${body.accessToken}` })).body
}

test('the users that the demo prints sign in and see its drafts, comments, suggestion, version, plan and board', async () => {
  const [ada, tomas, wen] = await Promise.all(['ada', 'tomas', 'wen'].map((name) => signedIn(`${name}@demo.example`)))
  if (!ada || !tomas || !wen) throw new Error('nobody signed in')
  const { items } = await ada('/legal/documents')
  expect(items.map(({ templateId }: { templateId: string }) => templateId).sort()).toEqual(['founders-agreement', 'mutual-nda'])
  const agreement = items.find(({ templateId }: { templateId: string }) => templateId === 'founders-agreement')
  const fields = await tomas(`/legal/documents/${agreement.id}/variables`)
  expect(fields.items).toContainEqual(expect.objectContaining({ name: 'second-founder', value: 'Tomas Rivera' }))
  expect(fields.empty).toContain('governing-law')
  const beside = `/documents/${agreement.documentName}`
  const threads = (await wen(`${beside}/comments`)).items
  expect(threads).toMatchObject([{ quote: 'four years', gone: false, comments: [{}, {}] }])
  expect((await wen(`${beside}/suggestions`)).items).toMatchObject([
    { kind: 'replace', deleted: 'sixty days', inserted: 'ninety days', name: 'Wen Li' },
  ])
  expect((await tomas(`${beside}/versions`)).items).toMatchObject([{ name: 'As the template has it' }])
  const venture = (await ada('/ventures')).items[0]
  const { milestones } = await tomas(`/ventures/${venture.id}/timeline`)
  expect(milestones).toContainEqual(expect.objectContaining({ title: 'A lamp that survives ten metres', state: 'ACHIEVED' }))
  const space = (await wen('/spaces')).items[0]
  const cards = (await wen(`/spaces/${space.id}/board`)).tasks
  expect(new Set(cards.map(({ status }: { status: string }) => status))).toEqual(new Set(['TODO', 'DOING', 'REVIEW', 'DONE']))
})
