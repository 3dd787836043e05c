/**
 * People who type at random, and know of each edit whether it was acknowledged. An edit is one transaction: it changes the
 * text somewhere, and puts its own key, `<name>.<number>`, into a ledger beside it; so an edit that is lost is told by its name.
 */
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises'
import * as Y from 'yjs'
import { type Open, open, saved } from './client.ts'
import { until } from './until.ts'

export interface TypingClient {
  /** What its edits are called by. */
  readonly name: string
  readonly one: Open
  /** Edits typed so far; their keys are `<name>.0` to `<name>.<typed - 1>`. */
  readonly typed: number
  /** Of these, as many were acknowledged, the first ones. */
  readonly acknowledged: number
  /** Types one edit now. */
  edit(): void
  /** Types without a pause but those that people make, until told to stop. */
  begin(): void
  /** Stops typing. Resolves when the last edit is typed. */
  pause(): Promise<void>
  /** Stops, and closes the tab with all that is not acknowledged. */
  leave(): Promise<void>
}

export const ledgerOf = (document: Y.Doc): Y.Map<true> => document.getMap('ledger')

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
  const one = open(settings.url, settings.documentName, settings.token, settings.document)
  const { document, provider, text } = one
  const ledger = ledgerOf(document)
  const below = (most: number) => Math.floor(random() * most)
  let typed = 0
  let acknowledged = 0
  let typing: Promise<void> | undefined
  let going = false
  provider.on('unsyncedChanges', () => {
    // nothing is unacknowledged, so all is
    if (saved(one)) acknowledged = typed
  })

  function edit() {
    document.transact(() => {
      ledger.set(`${name}.${typed}`, true)
      if (text.length > 40 && below(5) === 0) text.delete(below(text.length - 5), 1 + below(5))
      else text.insert(below(text.length + 1), 'abcdefgh '.slice(below(8)))
    })
    typed++
  }

  async function type() {
    while (going) {
      // bursts and pauses; the count of what waits must come down to zero now and then, or nothing is ever acknowledged
      for (let burst = 1 + below(8); burst > 0; burst--) {
        edit()
        await turn()
      }
      if (below(3) > 0) await wait(1 + below(12))
      else await until(() => !going || saved(one), `${name}'s edits to be acknowledged`, 600_000)
    }
  }

  return {
    name,
    one,
    get typed() {
      return typed
    },
    get acknowledged() {
      return acknowledged
    },
    edit,
    begin() {
      if (going) return
      going = true
      typing = type()
    },
    async pause() {
      going = false
      await typing
    },
    async leave() {
      going = false
      one.close()
      await typing
    },
  }
}

/** Keys of the acknowledged edits of some typists that a document does not hold. Take the keys before the document is read. */
export function acknowledgedKeys(typists: Iterable<TypingClient>): string[] {
  return [...typists].flatMap(({ name, acknowledged }) => Array.from({ length: acknowledged }, (_, n) => `${name}.${n}`))
}

export const missingKeys = (keys: string[], document: Y.Doc): string[] => keys.filter((key) => !ledgerOf(document).has(key))

/** What a document says, for comparing replicas: its text, its ledger, and who wrote how much. */
export function contentOf(document: Y.Doc) {
  return {
    text: document.getText('text').toString(),
    ledger: [...ledgerOf(document).keys()].sort(),
    vector: Object.fromEntries([...Y.decodeStateVector(Y.encodeStateVector(document))].sort(([one], [other]) => one - other)),
  }
}

/** Waits until all documents say the same, and nothing waits in any of them for what never came. @throws telling how they differ */
export async function untilEqual(documents: Y.Doc[], patience = 30_000): Promise<void> {
  const sizes = () => documents.map((document) => `${ledgerOf(document).size} edits, ${document.getText('text').length} signs`)
  const settled = ({ store }: Y.Doc) => !store.pendingStructs && !store.pendingDs
  const agree = () => {
    // the sizes are cheap to compare, and as a rule already tell
    if (new Set(sizes()).size > 1 || !documents.every(settled)) return false
    return new Set(documents.map((document) => JSON.stringify(contentOf(document)))).size === 1
  }
  await until(agree, `${documents.length} replicas to be equal`, patience).catch((error: Error) => {
    const waiting = documents.map((document) => (settled(document) ? '' : ', waiting for what never came'))
    throw new Error(
      `${error.message}: ${sizes()
        .map((size, place) => size + waiting[place])
        .join('; ')}`,
    )
  })
}
