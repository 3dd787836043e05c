/** Clients that edit rich text with Yjs alone, without an editor: over the Hocuspocus protocol and over plain y-websocket. */
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import { textName, variablesName } from '../../domain/documents/richtext/schema.ts'
import { trackAcknowledgedWork } from './acknowledged.ts'
import { connectDocument, type Person, isSaved } from './client.ts'
import { pickRandom, type Participant, reconnectSocket, pickWeighted } from './participant.ts'
import { suggestionMarkKey, toPlainText } from './prose.ts'

interface OperationContext {
  document: Y.Doc
  undo: Y.UndoManager
  random: () => number
  word: string
  userId: string
}

const findTexts = ({ document }: OperationContext): Y.XmlText[] =>
  [...document.getXmlFragment(textName).createTreeWalker((node) => node instanceof Y.XmlText)].map((node) => node as Y.XmlText)

/** A random text and an index in it. @param formatted excludes code blocks, which allow no formats */
function randomPosition(context: OperationContext, { formatted = false } = {}): { text: Y.XmlText; index: number } | undefined {
  const texts = findTexts(context).filter(
    ({ parent }) => !formatted || !(parent instanceof Y.XmlElement) || parent.nodeName !== 'codeBlock',
  )
  if (texts.length === 0) return undefined
  const text = pickRandom(texts, context.random)
  return { text, index: Math.floor(context.random() * (text.length + 1)) }
}

function createBlock(name: string, words: string): Y.XmlElement {
  const block = new Y.XmlElement(name)
  if (name === 'heading') block.setAttribute('level', 2 as unknown as string)
  block.insert(0, [new Y.XmlText(words)])
  return block
}

function format(context: OperationContext, attributes: Record<string, unknown>) {
  const at = randomPosition(context, { formatted: true })
  if (at) at.text.format(at.index, Math.min(at.text.length - at.index, 1 + Math.floor(context.random() * 20)), attributes)
}

function suggest(context: OperationContext, kind: 'insertion' | 'deletion') {
  const at = randomPosition(context, { formatted: true })
  if (!at) return
  const hex = () =>
    Math.floor(context.random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0')
  const [one, two, three] = [hex(), hex(), hex()]
  const id = `${one}-${two.slice(0, 4)}-7${two.slice(5)}-8${three.slice(0, 3)}-${three}${three.slice(4)}`
  const attributes = { id, author: context.userId, at: '2026-01-01T00:00:00.000Z' }
  if (kind === 'insertion') at.text.insert(at.index, context.word, { [suggestionMarkKey(kind, attributes)]: attributes })
  else at.text.format(at.index, Math.min(at.text.length - at.index, 8), { [suggestionMarkKey(kind, attributes)]: attributes })
}

function splitBlock(context: OperationContext) {
  const at = randomPosition(context)
  const block = at?.text.parent
  if (!at || !(block instanceof Y.XmlElement) || block.nodeName !== 'paragraph' || !(block.parent instanceof Y.XmlFragment)) return
  const rest = toPlainText(at.text).slice(at.index)
  if (rest.length !== at.text.length - at.index) return
  at.text.delete(at.index, rest.length)
  block.parent.insertAfter(block, [createBlock('paragraph', rest)])
}

const operations: readonly (readonly [number, readonly [string, (context: OperationContext) => void]])[] = [
  [4, ['insert', (context) => insertAtRandom(context)]],
  [2, ['insert bold', (context) => insertAtRandom(context, { bold: {} })]],
  [3, ['delete', (context) => deleteAtRandom(context)]],
  [3, ['bold', (context) => format(context, { bold: {} })]],
  [2, ['no bold', (context) => format(context, { bold: null })]],
  [1, ['italic and link', (context) => format(context, { italic: {}, link: { href: 'https://example.org/raw' } })]],
  [1, ['no formats', (context) => format(context, { bold: null, italic: null, link: null })]],
  [1, ['suggest words', (context) => suggest(context, 'insertion')]],
  [1, ['strike words', (context) => suggest(context, 'deletion')]],
  [1, ['split', splitBlock]],
  [
    2,
    [
      'new block',
      ({ document, random, word }) => {
        const root = document.getXmlFragment(textName)
        root.insert(Math.floor(random() * (root.length + 1)), [
          createBlock(pickRandom(['paragraph', 'heading', 'codeBlock'], random), word),
        ])
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

function insertAtRandom(context: OperationContext, attributes: Record<string, unknown> = {}) {
  const at = randomPosition(context, { formatted: attributes.bold !== undefined })
  at?.text.insert(at.index, ` ${context.word} `, attributes)
}

function deleteAtRandom(context: OperationContext) {
  const at = randomPosition(context)
  at?.text.delete(at.index, Math.min(at.text.length - at.index, 1 + Math.floor(context.random() * 10)))
}

export interface RawWriterOptions {
  label: string
  url: string
  documentName: string
  person: Pick<Person, 'id'> & { token: string }
  onFault: (fault: string) => void
}

/** Creates a function that performs one random operation in one transaction. */
function createOperationRunner(document: Y.Doc, { label, person, onFault }: RawWriterOptions) {
  const undo = new Y.UndoManager(document.getXmlFragment(textName), { captureTimeout: 0 })
  return (random: () => number, word: string): string => {
    const [name, operation] = pickWeighted(operations, random)
    try {
      if (name.endsWith('do')) operation({ document, undo, random, word, userId: person.id })
      else document.transact(() => operation({ document, undo, random, word, userId: person.id }))
    } catch (error) {
      onFault(`${label}: ${name} threw ${(error as Error).stack}`)
    }
    return name
  }
}

/** A client on `/collab` with the unmodified Hocuspocus provider. */
export function openCollabWriter(options: RawWriterOptions): Participant {
  const { url, documentName, person, label, onFault } = options
  const replica = connectDocument(url, documentName, () => person.token)
  const { document, provider } = replica
  const acknowledgedWork = trackAcknowledgedWork(document, (origin) => origin === provider)
  provider.on('unsyncedChanges', () => isSaved(replica) && acknowledgedWork.acknowledge())
  provider.on('synced', () => isSaved(replica) && acknowledgedWork.acknowledge())
  provider.on('authenticationFailed', ({ reason }: { reason: string }) => onFault(`${label}: the document was refused: ${reason}`))
  const socket = provider.configuration.websocketProvider
  provider.on('close', ({ event }: { event: { reason: string } }) => {
    if (event.reason && socket.status === 'connected') onFault(`${label}: the document was closed: ${event.reason}`)
  })
  return {
    label,
    document,
    acknowledgedWork,
    act: createOperationRunner(document, options),
    get isSaved() {
      return isSaved(replica)
    },
    disconnect: () => socket.disconnect(),
    reconnect: () => reconnectSocket(socket),
    close: () => replica.close(),
  }
}

/** A client on `/yjs` with the unmodified y-websocket provider, which has no acknowledgements. */
export function openYWebsocketWriter(options: RawWriterOptions): Participant {
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
    acknowledgedWork: trackAcknowledgedWork(document, (origin) => origin === provider),
    act: createOperationRunner(document, options),
    get isSaved() {
      return provider.synced
    },
    disconnect: () => provider.disconnect(),
    reconnect: () => provider.connect(),
    close: () => provider.destroy(),
  }
}
