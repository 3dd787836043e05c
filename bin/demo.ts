/** `npm run demo`: a node in a temporary directory, with sample people and documents created through the API. */
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

const stop = () => {
  void node.stop().finally(() => {
    rmSync(dataDir, { recursive: true, force: true })
    process.exit(0)
  })
}
process.once('SIGTERM', stop)
process.once('SIGINT', stop)

interface Person {
  id: string
  token: string
  email: string
}

async function request<T>(method: string, path: string, body?: object, token?: string): Promise<T> {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) }
  const response = await fetch(`${node.url}/api${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) })
  if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`)
  return (await response.json()) as T
}

async function register(name: string): Promise<Person> {
  const email = `${name.split(' ')[0]?.toLowerCase()}@demo.example`
  const { user, accessToken } = await request<{ user: { id: string }; accessToken: string }>('POST', '/auth/register', {
    email,
    password,
    name,
  })
  return { id: user.id, token: accessToken, email }
}

/** Opens a document as a browser would, changes it, and waits until the change is saved. */
async function editDocument<T>(documentName: string, { token }: Person, change: (document: Y.Doc) => T): Promise<T> {
  const websocketProvider = new HocuspocusProviderWebsocket({ url: `${node.url.replace('http', 'ws')}/collab` })
  const document = new Y.Doc()
  const provider = new HocuspocusProvider({ websocketProvider, name: documentName, document, token })
  provider.attach()
  await whenSaved(provider)
  const done = document.transact(() => change(document))
  await whenSaved(provider)
  provider.destroy()
  websocketProvider.destroy()
  return done
}

/** Appends lines: `# ` is a heading, `- ` a list item, anything else a paragraph. */
const writeLines = (documentName: string, person: Person, lines: string[]) =>
  editDocument(documentName, person, (document) => {
    const page = document.getXmlFragment('default')
    for (const line of lines) page.push([createElement(line)])
  })

/** Finds words in a text, as an anchor for comments and suggestions. */
const findAnchor = (documentName: string, person: Person, words: string) =>
  editDocument(documentName, person, (document) => {
    const encode = (text: Y.XmlText, at: number, side: number) =>
      Buffer.from(Y.encodeRelativePosition(Y.createRelativePositionFromTypeIndex(text, at, side))).toString('base64')
    for (const child of document.getXmlFragment('default').createTreeWalker(() => true)) {
      if (!(child instanceof Y.XmlText)) continue
      const text = child as Y.XmlText
      const from = text.toJSON().indexOf(words)
      if (from >= 0) return { start: encode(text, from, 0), end: encode(text, from + words.length, -1) }
    }
    throw new Error(`the sample text does not contain "${words}"`)
  })

function createElement(line: string): Y.XmlElement {
  if (line.startsWith('- ')) {
    const item = new Y.XmlElement('listItem')
    item.insert(0, [createElement(line.slice(2))])
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

function whenSaved(provider: HocuspocusProvider): Promise<void> {
  return new Promise((resolve) => {
    const resolveIfSaved = () => {
      if (!provider.isSynced || provider.hasUnsyncedChanges) return
      provider.off('unsyncedChanges', resolveIfSaved)
      resolve()
    }
    provider.on('unsyncedChanges', resolveIfSaved)
    resolveIfSaved()
  })
}

const [ada, tomas, wen] = [await register('Ada Lind'), await register('Tomas Rivera'), await register('Wen Li')]
const venture = await request<{ id: string; planDocumentName: string }>(
  'POST',
  '/ventures',
  { name: 'Lanternfish', purpose: 'Light for divers' },
  ada.token,
)
await request('PUT', `/ventures/${venture.id}/members/${tomas.id}`, { role: 'editor' }, ada.token)
const inVenture = { ventureId: venture.id }
const agreement = await request<{ id: string; documentName: string }>(
  'POST',
  '/legal/documents',
  {
    templateId: 'founders-agreement',
    variables: { 'first-role': 'the lamp, four days a week', 'first-share': '50', 'second-founder': 'Tomas Rivera', 'second-share': '50' },
    ...inVenture,
  },
  ada.token,
)
const nda = await request<{ documentName: string }>(
  'POST',
  '/legal/documents',
  { templateId: 'mutual-nda', title: 'Mutual NDA with Northwind', variables: { 'second-party': 'Northwind' }, ...inVenture },
  ada.token,
)
const space = await request<{ documentName: string }>('POST', '/spaces', { name: 'Weekly notes', ...inVenture }, tomas.token)
await request('PUT', `/documents/${agreement.documentName}/members/${wen.id}`, { role: 'commenter' }, ada.token)
await request('PUT', `/documents/${space.documentName}/members/${wen.id}`, { role: 'editor' }, tomas.token)

const agreementPath = `/documents/${agreement.documentName}`
await request('POST', `${agreementPath}/versions`, { name: 'As the template has it' }, ada.token)
await writeLines(agreement.documentName, tomas, [
  '# 9. Lamps that are lent',
  'Each founder may keep one lamp, and brings it back when it is asked for.',
])
const vesting = await findAnchor(agreement.documentName, wen, 'four years')
const thread = await request<{ id: string }>(
  'POST',
  `${agreementPath}/comments`,
  { anchor: vesting, text: `Is this long enough? @[${ada.id}], what do others do?` },
  wen.token,
)
await request(
  'POST',
  `${agreementPath}/comments/${thread.id}/replies`,
  { text: 'Four is usual. Wen, say so if you would rather have five.' },
  ada.token,
)
const days = await findAnchor(agreement.documentName, wen, 'sixty days')
await request('POST', `${agreementPath}/suggestions`, { kind: 'replace', anchor: days, text: 'ninety days' }, wen.token)
await writeLines(nda.documentName, tomas, ['Lanternfish and Northwind meet first on the boat, and bring their lamps.'])
await writeLines(venture.planDocumentName, ada, [
  '# The first thirty days',
  '- A lamp that survives ten metres',
  '- Ten divers who want one',
  '- A price that they pay',
])
await writeLines(space.documentName, tomas, ['# Monday', 'The lamp works down to eight metres. Wen looks for a better seal.'])

const plan = `/ventures/${venture.id}`
await request('POST', `${plan}/timeline`, { startsOn: new Date().toISOString().slice(0, 10) }, ada.token)
for (const [title, day, state] of [
  ['A lamp that survives ten metres', 10, 'ACHIEVED'],
  ['Ten divers who want one', 20, 'PENDING'],
  ['A price that they pay', 30, 'PENDING'],
])
  await request('POST', `${plan}/timeline/milestones`, { title, day, state }, ada.token)
await request('POST', `${plan}/plan/goals`, { title: 'Ten divers who want one', target: 10, current: 4, unit: 'divers' }, ada.token)
await request('POST', `${plan}/plan/raci`, { activity: 'Build the lamp', responsible: 'Ada', accountable: 'Tomas' }, ada.token)
await request(
  'POST',
  `${plan}/plan/risks`,
  { title: 'The seal leaks', impact: 5, probability: 3, mitigation: 'Wen tries silicone' },
  ada.token,
)
const board = `/spaces/${space.documentName.slice('space:'.length)}`
for (const [title, status] of [
  ['Find a seal that holds', 'DOING'],
  ['Ask ten divers', 'TODO'],
  ['Film the lamp at night', 'REVIEW'],
  ['Name the venture', 'DONE'],
])
  await request('POST', `${board}/tasks`, { title, status }, tomas.token)

const { items: channels } = await request<{ items: { id: string; subject: string }[] }>('GET', '/conversations', undefined, tomas.token)
const general = channels.find(({ subject }) => subject === space.documentName)?.id
for (const [person, text] of [
  [tomas, 'The seal held for six minutes today. Pictures tonight.'],
  [wen, 'Silicone, or the old rubber?'],
  [tomas, `Silicone. @[${ada.id}], can we ask the divers for Thursday?`],
] as const)
  await request('POST', `/conversations/${general}/messages`, { text }, person.token)

console.log(`SmartStart is ready at ${node.url}`)
console.log(`\nSign in with one of these addresses and the password "${password}":`)
for (const [person, what] of [
  [ada, 'owns the venture; the administrator'],
  [tomas, 'writes with her'],
  [wen, 'comments on one draft, writes in one space'],
] as const) {
  console.log(`  ${person.email.padEnd(22)} ${what}`)
}
console.log('\nAll data is deleted when the demo stops.')
