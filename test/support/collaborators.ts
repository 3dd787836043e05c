/** A draft, and people who write it: one tab each, spread over the nodes. */
import { expect } from 'vitest'
import { draftOf, type Open, opened, type Person, register } from './client.ts'
import { type Installation, journalOf } from './cluster.ts'
import { acknowledgedKeys, missingKeys, type TypingClient, createTypingClient, untilEqual } from './typing-client.ts'
import { until } from './until.ts'

export interface Team {
  owner: Person
  /** The draft's document name. */
  name: string
  persons: Person[]
  journal: ReturnType<typeof journalOf>
  /** Every tab that ever was, the closed ones too. */
  everybody: TypingClient[]
  /** The tab that each person has open now. */
  present: TypingClient[]
  /** Opens a new tab for a person, who begins to type. */
  readonly sit: (place: number) => TypingClient
  /** Waits until everybody was acknowledged something new, but those at some places. */
  readonly untilAllGoOn: (settings?: { patience?: number; but?: number[] }) => Promise<void>
  /**
   * Everybody stops and is acknowledged; all tabs, the journal and a fresh reader on each node say the same, and hold every
   * acknowledged edit. Answers how many were acknowledged, and how many replicas agree.
   */
  readonly untilAgreed: () => Promise<{ acknowledged: number; replicas: number }>
}

/** Makes a draft with `people` editors, everybody typing. */
export async function team({ nodes, postgres }: Installation, people: number, random: () => number): Promise<Team> {
  const urlOf = (place: number) => nodes[place % nodes.length]?.url as string
  const owner = await register(urlOf(0), 'Owner')
  const name = await draftOf(owner)
  const persons: Person[] = []
  for (let place = 0; place < people; place++) {
    const person = await register(urlOf(place), `Person${place}`)
    await owner.ask('PUT', `/api/documents/${name}/members/${person.id}`, { role: 'editor' })
    persons.push(person)
  }
  const journal = journalOf(postgres, name)
  const everybody: TypingClient[] = []
  const present: TypingClient[] = []
  let readers: Open[] = []

  function sit(place: number): TypingClient {
    const token = persons[place]?.token as string
    const one = createTypingClient({ url: urlOf(place), documentName: name, token, name: `p${place}-${everybody.length}`, random })
    everybody.push(one)
    present[place] = one
    one.begin()
    return one
  }
  for (let place = 0; place < people; place++) sit(place)

  return {
    owner,
    name,
    persons,
    journal,
    everybody,
    present,
    sit,
    untilAllGoOn: async ({ patience = 30_000, but = [] } = {}) => {
      const writing = present.filter((_, place) => !but.includes(place))
      const before = writing.map((one) => ({ one, acknowledged: one.acknowledged }))
      const silent = () => before.filter(({ one, acknowledged }) => one.acknowledged <= acknowledged).map(({ one }) => one)
      await until(() => silent().length === 0, 'everybody to be acknowledged', patience).catch((error: Error) => {
        throw new Error(`${error.message}: not ${silent().map(saysOfTypist).join('; ')}`)
      })
    },
    untilAgreed: async () => {
      await Promise.all(present.map((one) => one.pause()))
      const waiting = () => present.filter(({ typed, acknowledged }) => typed !== acknowledged)
      await until(() => waiting().length === 0, 'the last edits to be acknowledged', 30_000).catch((error: Error) => {
        throw new Error(`${error.message}: not ${waiting().map(saysOfTypist).join('; ')}`)
      })
      readers = await Promise.all(nodes.map(({ url }) => opened(url, name, owner.token)))
      await journal.look()
      const replicas = [journal.document, ...[...readers, ...present.map(({ one }) => one)].map(({ document }) => document)]
      await untilEqual(replicas)
      const promised = acknowledgedKeys(everybody)
      expect(missingKeys(promised, journal.document)).toEqual([])
      for (const { close } of readers) close()
      return { acknowledged: promised.length, replicas: replicas.length }
    },
  }
}

const saysOfTypist = ({ name, typed, acknowledged, one: { provider, refused } }: TypingClient) =>
  `${name} (typed ${typed}, acknowledged ${acknowledged}, provider ${provider.isSynced ? 'synced' : 'not synced'}, ` +
  `waits for ${provider.unsyncedChanges}, refused: ${refused() ?? 'no'})`
