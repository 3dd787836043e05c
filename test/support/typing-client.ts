/**
 * People who type at random, and know of each edit whether it was acknowledged. An edit is one transaction: it changes the
 * text somewhere, and puts its own key, `<name>.<number>`, into a ledger beside it; so an edit that is lost is told by its name.
 */
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises'
import * as Y from 'yjs'
import { type OpenDocument, connectDocument, isSaved } from './client.ts'
import { waitUntil } from './wait-until.ts'

export interface TypingClient {
  /** What its edits are called by. */
  readonly name: string
  readonly replica: OpenDocument
  /** Edits typed so far; their keys are `<name>.0` to `<name>.<typed - 1>`. */
  readonly typed: number
  /** Of these, as many were acknowledged, the first ones. */
  readonly acknowledged: number
  /** Types one edit now. */
  typeEdit(): void
  /** Types without a pause but those that people make, until told to stop. */
  startTyping(): void
  /** Stops typing. Resolves when the last edit is typed. */
  stopTyping(): Promise<void>
  /** Stops, and closes the tab with all that is not acknowledged. */
  closeTab(): Promise<void>
}

export const getLedger = (document: Y.Doc): Y.Map<true> => document.getMap('ledger')

/** @param settings.name must be new for every tab: it names the edits */
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
    // nothing is unacknowledged, so all is
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
      // bursts and pauses; the count of what waits must come down to zero now and then, or nothing is ever acknowledged
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

/** Keys of the acknowledged edits of some typists that a document does not hold. Take the keys before the document is read. */
export function acknowledgedKeys(typists: Iterable<TypingClient>): string[] {
  return [...typists].flatMap(({ name, acknowledged }) => Array.from({ length: acknowledged }, (_, n) => `${name}.${n}`))
}

export const findMissingKeys = (keys: string[], document: Y.Doc): string[] => keys.filter((key) => !getLedger(document).has(key))

/** What a document says, for comparing replicas: its text, its ledger, and who wrote how much. */
export function readContent(document: Y.Doc) {
  return {
    text: document.getText('text').toString(),
    ledger: [...getLedger(document).keys()].sort(),
    vector: Object.fromEntries([...Y.decodeStateVector(Y.encodeStateVector(document))].sort(([one], [other]) => one - other)),
  }
}

/** Waits until all documents say the same, and nothing waits in any of them for what never came. @throws telling how they differ */
export async function waitUntilEqual(documents: Y.Doc[], timeoutMs = 30_000): Promise<void> {
  const sizes = () => documents.map((document) => `${getLedger(document).size} edits, ${document.getText('text').length} signs`)
  const isComplete = ({ store }: Y.Doc) => !store.pendingStructs && !store.pendingDs
  const areEqual = () => {
    // the sizes are cheap to compare, and as a rule already tell
    if (new Set(sizes()).size > 1 || !documents.every(isComplete)) return false
    return new Set(documents.map((document) => JSON.stringify(readContent(document)))).size === 1
  }
  await waitUntil(areEqual, `${documents.length} replicas to be equal`, timeoutMs).catch((error: Error) => {
    const waiting = documents.map((document) => (isComplete(document) ? '' : ', waiting for what never came'))
    throw new Error(
      `${error.message}: ${sizes()
        .map((size, place) => size + waiting[place])
        .join('; ')}`,
    )
  })
}
