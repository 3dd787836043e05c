/** Programs that write a rich text by Yjs alone, without an editor: over the Hocuspocus protocol and over the plain one. */
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import { textName, variablesName } from '../../domain/documents/richtext/schema.ts'
import { trackAcknowledgedWork } from './acknowledged.ts'
import { connectDocument, type Person, isSaved } from './client.ts'
import { anyOf, type Participant, reconnect, weighted } from './participant.ts'
import { keyOf, wordsOf } from './prose.ts'

interface Given {
  document: Y.Doc
  undo: Y.UndoManager
  random: () => number
  word: string
  userId: string
}

const textsIn = ({ document }: Given): Y.XmlText[] =>
  [...document.getXmlFragment(textName).createTreeWalker((node) => node instanceof Y.XmlText)].map((node) => node as Y.XmlText)

/** A text, and a place in it. Formats are kept out of code blocks, which take none. */
function somewhere(given: Given, { formatted = false } = {}): { text: Y.XmlText; index: number } | undefined {
  const texts = textsIn(given).filter(({ parent }) => !formatted || !(parent instanceof Y.XmlElement) || parent.nodeName !== 'codeBlock')
  if (texts.length === 0) return undefined
  const text = anyOf(texts, given.random)
  return { text, index: Math.floor(given.random() * (text.length + 1)) }
}

function blockOf(name: string, words: string): Y.XmlElement {
  const block = new Y.XmlElement(name)
  if (name === 'heading') block.setAttribute('level', 2 as unknown as string)
  block.insert(0, [new Y.XmlText(words)])
  return block
}

function format(given: Given, attributes: Record<string, unknown>) {
  const at = somewhere(given, { formatted: true })
  if (at) at.text.format(at.index, Math.min(at.text.length - at.index, 1 + Math.floor(given.random() * 20)), attributes)
}

function suggest(given: Given, kind: 'insertion' | 'deletion') {
  const at = somewhere(given, { formatted: true })
  if (!at) return
  const hex = () =>
    Math.floor(given.random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0')
  const [one, two, three] = [hex(), hex(), hex()]
  const id = `${one}-${two.slice(0, 4)}-7${two.slice(5)}-8${three.slice(0, 3)}-${three}${three.slice(4)}`
  const lead = { id, author: given.userId, at: '2026-01-01T00:00:00.000Z' }
  if (kind === 'insertion') at.text.insert(at.index, given.word, { [keyOf(kind, lead)]: lead })
  else at.text.format(at.index, Math.min(at.text.length - at.index, 8), { [keyOf(kind, lead)]: lead })
}

function splitBlock(given: Given) {
  const at = somewhere(given)
  const block = at?.text.parent
  if (!at || !(block instanceof Y.XmlElement) || block.nodeName !== 'paragraph' || !(block.parent instanceof Y.XmlFragment)) return
  const rest = wordsOf(at.text).slice(at.index)
  if (rest.length !== at.text.length - at.index) return
  at.text.delete(at.index, rest.length)
  block.parent.insertAfter(block, [blockOf('paragraph', rest)])
}

const operations: readonly (readonly [number, readonly [string, (given: Given) => void]])[] = [
  [4, ['insert', (given) => somewhereInsert(given)]],
  [2, ['insert bold', (given) => somewhereInsert(given, { bold: {} })]],
  [3, ['delete', (given) => somewhereDelete(given)]],
  [3, ['bold', (given) => format(given, { bold: {} })]],
  [2, ['no bold', (given) => format(given, { bold: null })]],
  [1, ['italic and link', (given) => format(given, { italic: {}, link: { href: 'https://example.org/raw' } })]],
  [1, ['no formats', (given) => format(given, { bold: null, italic: null, link: null })]],
  [1, ['suggest words', (given) => suggest(given, 'insertion')]],
  [1, ['strike words', (given) => suggest(given, 'deletion')]],
  [1, ['split', splitBlock]],
  [
    2,
    [
      'new block',
      ({ document, random, word }) => {
        const root = document.getXmlFragment(textName)
        root.insert(Math.floor(random() * (root.length + 1)), [blockOf(anyOf(['paragraph', 'heading', 'codeBlock'], random), word)])
      },
    ],
  ],
  [
    1,
    [
      'delete a block',
      ({ document, random }) => {
        const root = document.getXmlFragment(textName)
        if (root.length > 3) root.delete(Math.floor(random() * root.length), 1)
      },
    ],
  ],
  [1, ['value of a field', ({ document, word }) => document.getMap(variablesName).set('party', word)]],
  [2, ['undo', ({ undo }) => undo.undo()]],
  [1, ['redo', ({ undo }) => undo.redo()]],
]

function somewhereInsert(given: Given, attributes: Record<string, unknown> = {}) {
  const at = somewhere(given, { formatted: attributes.bold !== undefined })
  at?.text.insert(at.index, ` ${given.word} `, attributes)
}

function somewhereDelete(given: Given) {
  const at = somewhere(given)
  at?.text.delete(at.index, Math.min(at.text.length - at.index, 1 + Math.floor(given.random() * 10)))
}

export interface RawWriterOptions {
  label: string
  url: string
  documentName: string
  person: Pick<Person, 'id'> & { token: string }
  onFault: (fault: string) => void
}

/** What both kinds of raw clients do. An operation is one transaction. */
function writerOn(document: Y.Doc, { label, person, onFault }: RawWriterOptions) {
  const undo = new Y.UndoManager(document.getXmlFragment(textName), { captureTimeout: 0 })
  return (random: () => number, word: string): string => {
    const [name, does] = weighted(operations, random)
    try {
      if (name.endsWith('do')) does({ document, undo, random, word, userId: person.id })
      else document.transact(() => does({ document, undo, random, word, userId: person.id }))
    } catch (error) {
      onFault(`${label}: ${name} threw ${(error as Error).stack}`)
    }
    return name
  }
}

/** A program on `/collab` with the unmodified provider. */
export function collabWriter(options: RawWriterOptions): Participant {
  const { url, documentName, person, label, onFault } = options
  const one = connectDocument(url, documentName, () => person.token)
  const { document, provider } = one
  const work = trackAcknowledgedWork(document, (origin) => origin === provider)
  provider.on('unsyncedChanges', () => isSaved(one) && work.acknowledge())
  provider.on('synced', () => isSaved(one) && work.acknowledge())
  provider.on('authenticationFailed', ({ reason }: { reason: string }) => onFault(`${label}: the document was refused: ${reason}`))
  const socket = provider.configuration.websocketProvider
  provider.on('close', ({ event }: { event: { reason: string } }) => {
    if (event.reason && socket.status === 'connected') onFault(`${label}: the document was closed: ${event.reason}`)
  })
  return {
    label,
    document,
    work,
    act: writerOn(document, options),
    get saved() {
      return isSaved(one)
    },
    leave: () => socket.disconnect(),
    back: () => reconnect(socket),
    close: () => one.close(),
  }
}

/** A program on `/yjs` with the unmodified provider of y-websocket, which knows no acknowledgement. */
export function plainWriter(options: RawWriterOptions): Participant {
  const { url, documentName, person, label, onFault } = options
  const document = new Y.Doc()
  const provider = new WebsocketProvider(`${url.replace('http', 'ws')}/yjs`, documentName, document, {
    params: { token: person.token },
    maxBackoffTime: 200,
    disableBc: true,
  })
  provider.on('closed', ({ code, reason }: { code: number; reason: string }) =>
    onFault(`${label}: the document was closed: ${code} ${reason}`),
  )
  return {
    label,
    document,
    work: trackAcknowledgedWork(document, (origin) => origin === provider),
    act: writerOn(document, options),
    get saved() {
      return provider.synced
    },
    leave: () => provider.disconnect(),
    back: () => provider.connect(),
    close: () => provider.destroy(),
  }
}
