/** One seed of the random rich-text test: its people write in a new document, then everything that is kept of it is compared. */
import { setTimeout as wait } from 'node:timers/promises'
import { type ActionCounts, performAction, type DocumentActions, createActionCounts } from './document-actions.ts'
import { initialContent } from './editor-operations.ts'
import { HeadlessEditor } from './headless-editor.ts'
import { type Cluster, followJournal } from './cluster.ts'
import { anyOf, type Participant } from './participant.ts'
import { randomFrom } from './random.ts'
import { collabWriter, plainWriter } from './raw-writer.ts'
import type { RestPerson } from './rest-person.ts'
import { untilAgreed } from './rich-text-agreement.ts'

/** Operations of a seed, of all its people together. */
const steps = Number(process.env.RICH_TEXT_STEPS ?? 80)
/** Longest pause between two operations, milliseconds. */
const longestPauseMs = 12

export interface Cast {
  installation: Cluster
  owner: RestPerson
  writers: RestPerson[]
  commenter: RestPerson
  viewer: RestPerson
}

export interface Totals extends ActionCounts {
  editors: number
  edits: number
  acknowledged: number
  disconnects: number
}

export const noTotals = (): Totals => ({ ...createActionCounts(), editors: 0, edits: 0, acknowledged: 0, disconnects: 0 })

/** Random numbers of one step, whatever the steps before it drew. */
const randomOf = (seed: number, step: number) => randomFrom(Math.imul(seed, 2654435761) ^ Math.imul(step + 1, 40503))

/** Runs a seed. @throws with everything that went wrong, and the operations that led there */
export async function runSeed(seed: number, cast: Cast, totals: Totals): Promise<void> {
  const faults: string[] = []
  const session: Session = { seed, cast, totals, people: [], closed: [], done: [], faults, onFault: (fault) => void faults.push(fault) }
  const { people, closed, done, onFault } = session
  try {
    const documentName = await draftFor(cast)
    const actions = await fillSeats(session, documentName)
    await write(session, actions)
    const { nodes, postgres } = cast.installation
    const journal = followJournal(postgres, documentName)
    if (faults.length === 0) await untilAgreed({ documentName, people, closed, owner: cast.owner, nodes, journal, onFault })
  } catch (error) {
    onFault((error as Error).stack ?? String(error))
  }
  for (const one of [...people, ...closed]) {
    totals.edits += one.work.edits
    totals.acknowledged += one.work.acknowledgedEdits
    if (one instanceof HeadlessEditor) totals.editors++
    one.close()
  }
  if (faults.length > 0) throw new Error(`SEED=${seed}: ${faults.join('\n')}\nafter ${done.slice(-40).join(', ')}`)
}

interface Session {
  seed: number
  cast: Cast
  totals: Totals
  people: Participant[]
  /** Clients that were closed while others went on. */
  closed: Participant[]
  /** What was done, in order. */
  done: string[]
  faults: string[]
  onFault: (fault: string) => void
}

/** Opens the document for everybody: an editor that writes the first text, those who write with it, a commenter and a viewer. */
async function fillSeats({ seed, cast, people, onFault }: Session, documentName: string): Promise<DocumentActions> {
  const { nodes } = cast.installation
  const optionsOf = (label: string, person: RestPerson, place: number) => {
    return { label, url: nodes[place % nodes.length]?.url as string, documentName, person, onFault }
  }
  const first = await HeadlessEditor.open(optionsOf('e0', cast.writers[0] as RestPerson, 0))
  people.push(first)
  first.perform('first text', () => first.editor.view.pasteHTML(initialContent))
  const kinds = castOf(randomOf(seed, -1))
  for (const [place, kind] of kinds.entries()) {
    const options = optionsOf(`${kind[0]}${place + 1}`, cast.writers[place + 1] as RestPerson, place + 1)
    people.push(kind === 'editor' ? await HeadlessEditor.open(options) : kind === 'collab' ? collabWriter(options) : plainWriter(options))
  }
  const commentersDesk = await HeadlessEditor.open(optionsOf('commenter', cast.commenter, 0))
  people.push(commentersDesk, await HeadlessEditor.open(optionsOf('viewer', cast.viewer, 1)))
  const { owner, writers, commenter } = cast
  return { documentName, owner, editors: writers.slice(0, kinds.length + 1), commenter, commenterEditor: commentersDesk, onFault }
}

/** Everybody writes, goes away and comes back. Resolves when all are back and every request is answered. */
async function write(session: Session, actions: DocumentActions): Promise<void> {
  const { seed, people, totals, done, faults } = session
  const asked: Promise<void>[] = []
  const away = new Map<Participant, number>()
  for (let step = 0; step < steps && faults.length === 0; step++) {
    const random = randomOf(seed, step)
    for (const [one, until] of away) if (until <= step && away.delete(one)) one.back()
    const chance = random()
    const one = anyOf(people, random)
    if (chance < 0.1) {
      done.push(`REST of step ${step}`)
      asked.push(performAction(actions, totals, random, `r${step}`).then((what) => void done.push(`REST ${what} (step ${step})`)))
    } else if (chance < 0.13) {
      if (!away.has(one)) one.leave()
      away.set(one, step + 1 + Math.floor(random() * 15))
      totals.disconnects++
      done.push(`${one.label} offline`)
    } else if (chance < 0.14) {
      if (!away.has(one) && one instanceof HeadlessEditor && one !== actions.commenterEditor) await reopen(session, one)
    } else done.push(`${one.label} ${one.act(random, `${one.label}w${step}`)}`)
    if (random() < 0.5) await wait(random() * longestPauseMs)
  }
  for (const one of away.keys()) one.back()
  await Promise.all(asked)
}

/** Closes an editor, with all that is not acknowledged yet, and opens a new one for the same person on another node. */
async function reopen({ cast, people, closed, done }: Session, one: HeadlessEditor): Promise<void> {
  const { options } = one
  const others = cast.installation.nodes.filter(({ url }) => url !== options.url)
  one.close()
  closed.push(one)
  const again = await HeadlessEditor.open({ ...options, url: others[0]?.url ?? options.url })
  people[people.indexOf(one)] = again
  done.push(`${one.label} reopened`)
}

/** A new draft, open to the whole cast. */
async function draftFor({ owner, writers, commenter, viewer }: Cast): Promise<string> {
  const { body } = await owner.request('POST', '/api/legal/documents', { title: 'Agreement' })
  const { documentName } = body
  const roles = [...writers.map(({ id }) => [id, 'editor']), [commenter.id, 'commenter'], [viewer.id, 'viewer']]
  await Promise.all(roles.map(([id, role]) => owner.request('PUT', `/api/documents/${documentName}/members/${id}`, { role })))
  return documentName
}

/** Who writes beside the first editor: two to four, raw clients among them. */
function castOf(random: () => number): ('editor' | 'collab' | 'plain')[] {
  const kinds: ('editor' | 'collab' | 'plain')[] = ['editor']
  for (let more = 1 + Math.floor(random() * 3); more > 0; more--) kinds.push(anyOf(['editor', 'collab', 'plain'] as const, random))
  return kinds
}
