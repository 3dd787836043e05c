/** Where a computation on a document is done: of a large one in a worker process, of others here. */
import { DomainError } from '../../kernel/errors.ts'
import { JsonText } from '../../kernel/text/json-text.ts'
import type { QueryContext } from '../../kernel/operation.ts'
import type { ResolveNames, WorkerTask } from '../../kernel/worker/worker-message.ts'
import { WorkerProcess } from '../../kernel/worker/worker-process.ts'
import { computations, type Input, type Kind, type Output } from './computations.ts'
import { readNames } from '../../users/display-name.ts'
import { unpackedLength } from './zstd-header.ts'

/** Up to so many bytes, unpacked, a document is worked on here: 20 ms at most, less than a worker takes to start. */
const maxBytesInProcess = 64 * 1024

/** What the worker is asked. */
export interface ComputationTask extends WorkerTask {
  kind: Kind
  input: unknown
}

const worker = new WorkerProcess<ComputationTask>({
  entry: new URL('./entry.ts', import.meta.url),
  // a person waits for the answer
  niceness: 10,
  timeoutMs: 2 * 60_000,
})

/**
 * Computes what is to be answered. The answer about a large document is its JSON, which need not be parsed to be sent.
 * @throws DomainError rate-limited when the actor has too many of these in progress, document-too-large when it takes too long
 */
export async function computeAnswer<K extends 'state' | 'authorship' | 'redline' | 'changes'>(
  view: QueryContext,
  kind: K,
  input: Input<K>,
): Promise<Output<K> | JsonText> {
  const done = await compute(view, kind, input)
  return done.bytes ? new JsonText(done.bytes) : done.here
}

/** Computes the suggestions in a text. @throws as `computeAnswer` */
export async function computeSuggestions(view: QueryContext, input: Input<'suggested'>): Promise<Output<'suggested'>> {
  const done = await compute(view, 'suggested', input)
  return done.bytes ? (JSON.parse(done.bytes.toString()) as Output<'suggested'>) : done.here
}

/** Computes a restoration. @throws as `computeAnswer` */
export async function computeRestoration(view: QueryContext, input: Input<'restoration'>): Promise<Uint8Array> {
  const done = await compute(view, 'restoration', input)
  return done.bytes ?? done.here
}

/** Computes the hash of a text. @throws as `computeAnswer` */
export async function computeContentHash(view: QueryContext, input: Input<'contentHash'>): Promise<Output<'contentHash'>> {
  const done = await compute(view, 'contentHash', input)
  return done.bytes ? (JSON.parse(done.bytes.toString()) as Output<'contentHash'>) : done.here
}

/** Computes the canonical form of a text. @throws as `computeAnswer` */
export async function computeCanonicalText(view: QueryContext, input: Input<'canonicalText'>): Promise<Output<'canonicalText'>> {
  const done = await compute(view, 'canonicalText', input)
  return done.bytes ? (JSON.parse(done.bytes.toString()) as Output<'canonicalText'>) : done.here
}

type Computed<K extends Kind> = { here: Output<K>; bytes?: undefined } | { here?: undefined; bytes: Buffer }

async function compute<K extends Kind>(view: QueryContext, kind: K, input: Input<K>): Promise<Computed<K>> {
  const names: ResolveNames = async (ids) => {
    const nameOf = await readNames(view, ids)
    return Object.fromEntries(ids.map((id) => [id, nameOf(id) as string]))
  }
  if (unpackedBytes(input) <= maxBytesInProcess) {
    const does = computations[kind] as (input: Input<K>, names: ResolveNames) => Promise<Output<K>>
    return { here: await does(input, names) }
  }
  const [person, most] = view.actor.id === null ? ['system', undefined] : [view.actor.id, view.ports.limits.maxPendingReads]
  const done = await worker.run<Uint8Array>(person, { kind, input }, names, most)
  if (!done.done) throw new DomainError('document-too-large', `The document is too large or too deep for this: ${done.problem}`)
  return { bytes: Buffer.from(done.done) }
}

/** How many bytes of documents an input holds, decompressed. */
function unpackedBytes(value: unknown): number {
  if (value instanceof Uint8Array) return unpackedLength(value)
  if (typeof value !== 'object' || value === null) return 0
  return Object.values(value).reduce((sum: number, one) => sum + unpackedBytes(one), 0)
}

/** In the worker: computes, and answers bytes. */
export async function doComputation({ kind, input }: ComputationTask, names: ResolveNames): Promise<Uint8Array> {
  const does = computations[kind] as (input: unknown, names: ResolveNames) => Promise<unknown>
  const answer = await does(input, names)
  return answer instanceof Uint8Array ? answer : Buffer.from(JSON.stringify(answer))
}
