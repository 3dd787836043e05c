/** `npm run demo`: a node in a throw-away directory, with sample people and documents made as users make them. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HocuspocusProvider, HocuspocusProviderWebsocket } from '@hocuspocus/provider'
import * as Y from 'yjs'
import { readConfig } from '../config.ts'
import { start } from '../main.ts'

const password = 'smartstart demo'
const dataDir = mkdtempSync(join(tmpdir(), 'smartstart-demo-'))
const node = await start(readConfig({ LOG_LEVEL: 'warn', ...process.env, DATA_DIR: dataDir, DATABASE_URL: '', REDIS_URL: '' }))

const end = () => {
  void node.stop().finally(() => {
    rmSync(dataDir, { recursive: true, force: true })
    process.exit(0)
  })
}
process.once('SIGTERM', end)
process.once('SIGINT', end)

interface Person {
  id: string
  token: string
  email: string
}

async function ask<T>(method: string, path: string, body: object, token?: string): Promise<T> {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) }
  const response = await fetch(`${node.url}/api${path}`, { method, headers, body: JSON.stringify(body) })
  if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`)
  return (await response.json()) as T
}

async function register(name: string): Promise<Person> {
  const email = `${name.split(' ')[0]?.toLowerCase()}@demo.example`
  const { user, accessToken } = await ask<{ user: { id: string }; accessToken: string }>('POST', '/auth/register', {
    email,
    password,
    name,
  })
  return { id: user.id, token: accessToken, email }
}

/** Lines of a text: `# ` a heading, `- ` an item of a list, else a paragraph. */
async function write(documentName: string, { token }: Person, lines: string[]): Promise<void> {
  const websocketProvider = new HocuspocusProviderWebsocket({ url: `${node.url.replace('http', 'ws')}/collab` })
  const document = new Y.Doc()
  const provider = new HocuspocusProvider({ websocketProvider, name: documentName, document, token })
  provider.attach()
  await saved(provider)
  document.transact(() => {
    const page = document.getXmlFragment('default')
    for (const line of lines) page.push([elementOf(line)])
  })
  await saved(provider)
  provider.destroy()
  websocketProvider.destroy()
}

function elementOf(line: string): Y.XmlElement {
  if (line.startsWith('- ')) {
    const item = new Y.XmlElement('listItem')
    item.insert(0, [elementOf(line.slice(2))])
    const list = new Y.XmlElement('bulletList')
    list.insert(0, [item])
    return list
  }
  const heading = line.startsWith('# ')
  const element = new Y.XmlElement<{ level: number }>(heading ? 'heading' : 'paragraph')
  if (heading) element.setAttribute('level', 2)
  element.insert(0, [new Y.XmlText(heading ? line.slice(2) : line)])
  return element as Y.XmlElement
}

function saved(provider: HocuspocusProvider): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (!provider.isSynced || provider.hasUnsyncedChanges) return
      provider.off('unsyncedChanges', look)
      resolve()
    }
    provider.on('unsyncedChanges', look)
    look()
  })
}

const [ada, tomas, wen] = [await register('Ada Lind'), await register('Tomas Rivera'), await register('Wen Li')]
const venture = await ask<{ id: string; planDocumentName: string }>(
  'POST',
  '/ventures',
  { name: 'Lanternfish', purpose: 'Light for divers' },
  ada.token,
)
await ask('PUT', `/ventures/${venture.id}/members/${tomas.id}`, { role: 'editor' }, ada.token)
const inVenture = { ventureId: venture.id }
const agreement = await ask<{ documentName: string }>(
  'POST',
  '/legal/documents',
  { title: "Founders' agreement (sample)", kind: 'founders-agreement', ...inVenture },
  ada.token,
)
const nda = await ask<{ documentName: string }>(
  'POST',
  '/legal/documents',
  { title: 'Mutual NDA with Northwind (sample)', kind: 'nda', ...inVenture },
  ada.token,
)
const space = await ask<{ documentName: string }>('POST', '/spaces', { name: 'Weekly notes', ...inVenture }, tomas.token)
await ask('PUT', `/documents/${agreement.documentName}/members/${wen.id}`, { role: 'commenter' }, ada.token)
await ask('PUT', `/documents/${space.documentName}/members/${wen.id}`, { role: 'editor' }, tomas.token)

await write(agreement.documentName, ada, [
  'A sample to try things with, and no legal advice.',
  '# Who we are',
  'Ada Lind and Tomas Rivera begin the venture Lanternfish together.',
  '# What each brings',
  '- Ada: the lamp, and four days a week',
  '- Tomas: the customers, and all of his evenings',
  '# Shares',
  'Each holds one half. Shares vest over four years, the first quarter after one year.',
])
await write(nda.documentName, tomas, [
  'A sample to try things with, and no legal advice.',
  '# Purpose',
  'Lanternfish and Northwind talk about lamps, and each keeps what it hears to itself.',
])
await write(venture.planDocumentName, ada, [
  '# The first thirty days',
  '- A lamp that survives ten metres',
  '- Ten divers who want one',
  '- A price that they pay',
])
await write(space.documentName, tomas, ['# Monday', 'The lamp works down to eight metres. Wen looks for a better seal.'])

const plan = `/ventures/${venture.id}`
await ask('POST', `${plan}/timeline`, { startsOn: new Date().toISOString().slice(0, 10) }, ada.token)
await ask('POST', `${plan}/plan/goals`, { title: 'Ten divers who want one', target: 10, current: 4, unit: 'divers' }, ada.token)
await ask('POST', `${plan}/plan/raci`, { activity: 'Build the lamp', responsible: 'Ada', accountable: 'Tomas' }, ada.token)
await ask('POST', `${plan}/plan/risks`, { title: 'The seal leaks', impact: 5, probability: 3, mitigation: 'Wen tries silicone' }, ada.token)
const board = `/spaces/${space.documentName.slice('space:'.length)}`
for (const [title, status] of [
  ['Find a seal that holds', 'DOING'],
  ['Ask ten divers', 'TODO'],
  ['Name the venture', 'DONE'],
])
  await ask('POST', `${board}/tasks`, { title, status }, tomas.token)

console.log(`SmartStart is ready at ${node.url}`)
console.log(`\nThey can sign in, each with the password "${password}":`)
for (const [person, what] of [
  [ada, 'owns the venture; the administrator'],
  [tomas, 'writes with her'],
  [wen, 'comments on one draft, writes in one space'],
] as const) {
  console.log(`  ${person.email.padEnd(22)} ${what}`)
}
console.log('\nEverything is thrown away when this ends.')
