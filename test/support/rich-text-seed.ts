/** One seed of the random rich-text test: people edit a new document, then all its replicas are compared. */
import { setTimeout as wait } from 'node:timers/promises'
import { type ActionCounts, performAction, type DocumentActions, createActionCounts } from './document-actions.ts'
import { initialContent } from './editor-operations.ts'
import { HeadlessEditor } from './headless-editor.ts'
import { type Cluster, followJournal } from './cluster.ts'
import { pickRandom, type Participant } from './participant.ts'
import { createRandom } from './random.ts'
import { openCollabWriter, openYWebsocketWriter } from './raw-writer.ts'
import type { RestPerson } from './rest-person.ts'
import { checkAgreement } from './rich-text-agreement.ts'

/** Operations of a seed, by all its people together. */
const stepCount = Number(process.env.RICH_TEXT_STEPS ?? 80)
/** Maximum pause between two operations, milliseconds. */
const maxPauseMs = 12

export interface SeedPeople {
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

export const createTotals = (): Totals => ({ ...createActionCounts(), editors: 0, edits: 0, acknowledged: 0, disconnects: 0 })

/** Creates the random numbers of one step, independent of earlier steps. */
const createStepRandom = (seed: number, step: number) => createRandom(Math.imul(seed, 2654435761) ^ Math.imul(step + 1, 40503))

/** Runs a seed. @throws an error with all faults and the operations before them */
export async function runSeed(seed: number, people: SeedPeople, totals: Totals): Promise<void> {
  const faults: string[] = []
  const session: Session = {
    seed,
    people,
    totals,
    participants: [],
    closed: [],
    done: [],
    faults,
    onFault: (fault) => void faults.push(fault),
  }
  const { participants, closed, done, onFault } = session
  try {
    const documentName = await createSeedDraft(people)
    const actions = await openClients(session, documentName)
    await runSteps(session, actions)
    const { nodes, postgres } = people.installation
    const journal = followJournal(postgres, documentName)
    if (faults.length === 0) await checkAgreement({ documentName, participants, closed, owner: people.owner, nodes, journal, onFault })
  } catch (error) {
    onFault((error as Error).stack ?? String(error))
  }
  for (const one of [...participants, ...closed]) {
    totals.edits += one.acknowledgedWork.edits
    totals.acknowledged += one.acknowledgedWork.acknowledgedEdits
    if (one instanceof HeadlessEditor) totals.editors++
    one.close()
  }
  if (faults.length > 0) throw new Error(`SEED=${seed}: ${faults.join('\n')}\nafter ${done.slice(-40).join(', ')}`)
}

interface Session {
  seed: number
  people: SeedPeople
  totals: Totals
  participants: Participant[]
  /** Clients that were closed during the session. */
  closed: Participant[]
  /** The performed operations, in order. */
  done: string[]
  faults: string[]
  onFault: (fault: string) => void
}

/** Opens the document in all clients: an editor that writes the initial content, more writers, a commenter and a viewer. */
async function openClients({ seed, people, participants, onFault }: Session, documentName: string): Promise<DocumentActions> {
  const { nodes } = people.installation
  const optionsOf = (label: string, person: RestPerson, place: number) => {
    return { label, url: nodes[place % nodes.length]?.url as string, documentName, person, onFault }
  }
  const first = await HeadlessEditor.open(optionsOf('e0', people.writers[0] as RestPerson, 0))
  participants.push(first)
  first.perform('first text', () => first.editor.view.pasteHTML(initialContent))
  const kinds = pickClientKinds(createStepRandom(seed, -1))
  for (const [place, kind] of kinds.entries()) {
    const options = optionsOf(`${kind[0]}${place + 1}`, people.writers[place + 1] as RestPerson, place + 1)
    participants.push(
      kind === 'editor'
        ? await HeadlessEditor.open(options)
        : kind === 'collab'
          ? openCollabWriter(options)
          : openYWebsocketWriter(options),
    )
  }
  const commenterEditor = await HeadlessEditor.open(optionsOf('commenter', people.commenter, 0))
  participants.push(commenterEditor, await HeadlessEditor.open(optionsOf('viewer', people.viewer, 1)))
  const { owner, writers, commenter } = people
  return { documentName, owner, editors: writers.slice(0, kinds.length + 1), commenter, commenterEditor, onFault }
}

/** Runs the steps: edits, requests and disconnects. Resolves when all clients are reconnected and all requests have a response. */
async function runSteps(session: Session, actions: DocumentActions): Promise<void> {
  const { seed, participants, totals, done, faults } = session
  const asked: Promise<void>[] = []
  const away = new Map<Participant, number>()
  for (let step = 0; step < stepCount && faults.length === 0; step++) {
    const random = createStepRandom(seed, step)
    for (const [one, until] of away) if (until <= step && away.delete(one)) one.reconnect()
    const chance = random()
    const one = pickRandom(participants, random)
    if (chance < 0.1) {
      done.push(`REST of step ${step}`)
      asked.push(performAction(actions, totals, random, `r${step}`).then((what) => void done.push(`REST ${what} (step ${step})`)))
    } else if (chance < 0.13) {
      if (!away.has(one)) one.disconnect()
      away.set(one, step + 1 + Math.floor(random() * 15))
      totals.disconnects++
      done.push(`${one.label} offline`)
    } else if (chance < 0.14) {
      if (!away.has(one) && one instanceof HeadlessEditor && one !== actions.commenterEditor) await reopen(session, one)
    } else done.push(`${one.label} ${one.act(random, `${one.label}w${step}`)}`)
    if (random() < 0.5) await wait(random() * maxPauseMs)
  }
  for (const one of away.keys()) one.reconnect()
  await Promise.all(asked)
}

/** Closes an editor with its unacknowledged edits, and opens a new one for the same person on another node. */
async function reopen({ people, participants, closed, done }: Session, one: HeadlessEditor): Promise<void> {
  const { options } = one
  const others = people.installation.nodes.filter(({ url }) => url !== options.url)
  one.close()
  closed.push(one)
  const again = await HeadlessEditor.open({ ...options, url: others[0]?.url ?? options.url })
  participants[participants.indexOf(one)] = again
  done.push(`${one.label} reopened`)
}

/** Creates a draft that all people can open in their roles. */
async function createSeedDraft({ owner, writers, commenter, viewer }: SeedPeople): Promise<string> {
  const { body } = await owner.request('POST', '/api/legal/documents', { title: 'Agreement' })
  const { documentName } = body
  const roles = [...writers.map(({ id }) => [id, 'editor']), [commenter.id, 'commenter'], [viewer.id, 'viewer']]
  await Promise.all(roles.map(([id, role]) => owner.request('PUT', `/api/documents/${documentName}/members/${id}`, { role })))
  return documentName
}

/** Picks the kinds of two to four more writers, some of them raw clients. */
function pickClientKinds(random: () => number): ('editor' | 'collab' | 'plain')[] {
  const kinds: ('editor' | 'collab' | 'plain')[] = ['editor']
  for (let more = 1 + Math.floor(random() * 3); more > 0; more--) kinds.push(pickRandom(['editor', 'collab', 'plain'] as const, random))
  return kinds
}
