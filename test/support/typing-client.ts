/**
 * Clients that type at random and record which edits were acknowledged. An edit is one transaction: it changes the text at a random
 * position and adds its key, `<name>.<number>`, to a ledger in the document. So each lost edit can be named.
 */
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises'
import * as Y from 'yjs'
import { type OpenDocument, connectDocument, isSaved } from './client.ts'
import { waitUntil } from './wait-until.ts'

export interface TypingClient {
  /** The prefix of its edits' keys. */
  readonly name: string
  readonly replica: OpenDocument
  /** Number of edits so far; their keys are `<name>.0` to `<name>.<typed - 1>`. */
  readonly typed: number
  /** Number of acknowledged edits: the first ones. */
  readonly acknowledged: number
  /** Makes one edit now. */
  typeEdit(): void
  /** Types with the pauses of a person, until `stopTyping`. */
  startTyping(): void
  /** Stops typing. Resolves after the last edit. */
  stopTyping(): Promise<void>
  /** Stops typing and closes the tab with its unacknowledged edits. */
  closeTab(): Promise<void>
}

export const getLedger = (document: Y.Doc): Y.Map<true> => document.getMap('ledger')

/** @param settings.name unique for each tab: it names the edits */
export function createTypingClient(settings: {
  url: string
  documentName: string
  token: string | (() => string)
  name: string
  random: () => number
  document?: Y.Doc
}): TypingClient {
  const { name, random } = settings
  const replica = connectDocument(settings.url, settings.documentName, settings.token, settings.document)
  const { document, provider, text } = replica
  const ledger = getLedger(document)
  const randomBelow = (most: number) => Math.floor(random() * most)
  let typed = 0
  let acknowledged = 0
  let typing: Promise<void> | undefined
  let isTyping = false
  provider.on('unsyncedChanges', () => {
    // no edit is unacknowledged
    if (isSaved(replica)) acknowledged = typed
  })

  function typeEdit() {
    document.transact(() => {
      ledger.set(`${name}.${typed}`, true)
      if (text.length > 40 && randomBelow(5) === 0) text.delete(randomBelow(text.length - 5), 1 + randomBelow(5))
      else text.insert(randomBelow(text.length + 1), 'abcdefgh '.slice(randomBelow(8)))
    })
    typed++
  }

  async function type() {
    while (isTyping) {
      // bursts and pauses: edits count as acknowledged only when none is pending, so that must happen now and then
      for (let burst = 1 + randomBelow(8); burst > 0; burst--) {
        typeEdit()
        await turn()
      }
      if (randomBelow(3) > 0) await wait(1 + randomBelow(12))
      else await waitUntil(() => !isTyping || isSaved(replica), `${name}'s edits to be acknowledged`, 600_000)
    }
  }

  return {
    name,
    replica,
    get typed() {
      return typed
    },
    get acknowledged() {
      return acknowledged
    },
    typeEdit,
    startTyping() {
      if (isTyping) return
      isTyping = true
      typing = type()
    },
    async stopTyping() {
      isTyping = false
      await typing
    },
    async closeTab() {
      isTyping = false
      replica.close()
      await typing
    },
  }
}

/** The keys of the acknowledged edits of some clients. Read them before the document that must contain them. */
export function acknowledgedKeys(clients: Iterable<TypingClient>): string[] {
  return [...clients].flatMap(({ name, acknowledged }) => Array.from({ length: acknowledged }, (_, n) => `${name}.${n}`))
}

export const findMissingKeys = (keys: string[], document: Y.Doc): string[] => keys.filter((key) => !getLedger(document).has(key))

/** The content of a document for comparison: text, ledger and state vector. */
export function readContent(document: Y.Doc) {
  return {
    text: document.getText('text').toString(),
    ledger: [...getLedger(document).keys()].sort(),
    vector: Object.fromEntries([...Y.decodeStateVector(Y.encodeStateVector(document))].sort(([one], [other]) => one - other)),
  }
}

/** Waits until all documents are equal and have no pending structs. @throws an error that describes how they differ */
export async function waitUntilEqual(documents: Y.Doc[], timeoutMs = 30_000): Promise<void> {
  const sizes = () => documents.map((document) => `${getLedger(document).size} edits, ${document.getText('text').length} characters`)
  const isComplete = ({ store }: Y.Doc) => !store.pendingStructs && !store.pendingDs
  const areEqual = () => {
    // sizes are cheap to compare and usually differ
    if (new Set(sizes()).size > 1 || !documents.every(isComplete)) return false
    return new Set(documents.map((document) => JSON.stringify(readContent(document)))).size === 1
  }
  await waitUntil(areEqual, `${documents.length} replicas to be equal`, timeoutMs).catch((error: Error) => {
    const pending = documents.map((document) => (isComplete(document) ? '' : ', structs are pending'))
    throw new Error(
      `${error.message}: ${sizes()
        .map((size, place) => size + pending[place])
        .join('; ')}`,
    )
  })
}
