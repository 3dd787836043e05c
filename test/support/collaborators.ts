/** A draft and its editors: each has one tab open, spread over the nodes of a cluster. */
import { expect } from 'vitest'
import { createDraft, type OpenDocument, openDocument, type Person, registerPerson } from './client.ts'
import { type Cluster, followJournal } from './cluster.ts'
import { acknowledgedKeys, findMissingKeys, type TypingClient, createTypingClient, waitUntilEqual } from './typing-client.ts'
import { waitUntil } from './wait-until.ts'

export interface Collaboration {
  owner: Person
  documentName: string
  /** The editors. */
  people: Person[]
  journal: ReturnType<typeof followJournal>
  /** Every tab, including the closed ones. */
  allClients: TypingClient[]
  /** The tab that each person has open now. */
  activeClients: TypingClient[]
  /** Opens a new tab for a person, which starts to type. */
  readonly openTab: (place: number) => TypingClient
  /** Waits until every active client has a new acknowledgement, except those at some places. */
  readonly waitUntilAllProgress: (settings?: { timeoutMs?: number; except?: number[] }) => Promise<void>
  /**
   * Stops all clients and waits for their acknowledgements. Checks that all tabs, the journal and a new reader on each node are equal
   * and contain every acknowledged edit. Returns the numbers of acknowledged edits and of equal replicas.
   */
  readonly stopAndCompare: () => Promise<{ acknowledged: number; replicas: number }>
}

/** Creates a draft with `count` editors, who all type. */
export async function startCollaboration({ nodes, postgres }: Cluster, count: number, random: () => number): Promise<Collaboration> {
  const urlOf = (place: number) => nodes[place % nodes.length]?.url as string
  const owner = await registerPerson(urlOf(0), 'Owner')
  const documentName = await createDraft(owner)
  const people: Person[] = []
  for (let place = 0; place < count; place++) {
    const person = await registerPerson(urlOf(place), `Person${place}`)
    await owner.request('PUT', `/api/documents/${documentName}/members/${person.id}`, { role: 'editor' })
    people.push(person)
  }
  const journal = followJournal(postgres, documentName)
  const allClients: TypingClient[] = []
  const activeClients: TypingClient[] = []

  function openTab(place: number): TypingClient {
    const token = people[place]?.token as string
    const client = createTypingClient({ url: urlOf(place), documentName, token, name: `p${place}-${allClients.length}`, random })
    allClients.push(client)
    activeClients[place] = client
    client.startTyping()
    return client
  }
  for (let place = 0; place < count; place++) openTab(place)

  return {
    owner,
    documentName,
    people,
    journal,
    allClients,
    activeClients,
    openTab,
    waitUntilAllProgress: async ({ timeoutMs = 30_000, except = [] } = {}) => {
      const expected = activeClients.filter((_, place) => !except.includes(place))
      const before = expected.map((client) => ({ client, acknowledged: client.acknowledged }))
      const stuck = () => before.filter(({ client, acknowledged }) => client.acknowledged <= acknowledged).map(({ client }) => client)
      await waitUntil(() => stuck().length === 0, 'an acknowledgement for every client', timeoutMs).catch((error: Error) => {
        throw new Error(`${error.message}; missing for ${stuck().map(describeClient).join('; ')}`)
      })
    },
    stopAndCompare: async () => {
      await Promise.all(activeClients.map((client) => client.stopTyping()))
      const unacknowledged = () => activeClients.filter(({ typed, acknowledged }) => typed !== acknowledged)
      await waitUntil(() => unacknowledged().length === 0, 'the last acknowledgements', 30_000).catch((error: Error) => {
        throw new Error(`${error.message}; missing for ${unacknowledged().map(describeClient).join('; ')}`)
      })
      const readers: OpenDocument[] = await Promise.all(nodes.map(({ url }) => openDocument(url, documentName, owner.token)))
      await journal.readNewRows()
      const replicas = [journal.document, ...[...readers, ...activeClients.map(({ replica }) => replica)].map(({ document }) => document)]
      await waitUntilEqual(replicas)
      const acknowledged = acknowledgedKeys(allClients)
      expect(findMissingKeys(acknowledged, journal.document)).toEqual([])
      for (const { close } of readers) close()
      return { acknowledged: acknowledged.length, replicas: replicas.length }
    },
  }
}

const describeClient = ({ name, typed, acknowledged, replica: { provider, refusalReason } }: TypingClient) =>
  `${name} (typed ${typed}, acknowledged ${acknowledged}, provider ${provider.isSynced ? 'synced' : 'not synced'}, ` +
  `unsynced changes: ${provider.unsyncedChanges}, refused: ${refusalReason() ?? 'no'})`
