/**
 * Limits of one update. Each is far above what people do in months offline, and below what blocks a node or overflows its stack: Yjs
 * deletes and collects nested types by recursion, and Node's stack of 1 MiB holds some 3,000 of them.
 */
import { createDecoder, readVarUint } from 'lib0/decoding'
import * as Y from 'yjs'
import { DomainError } from '../../kernel/errors.ts'
import { measureUpdate } from './update-measure.ts'
import { measureDepth, isType, removeDeeperTypes } from './nesting-depth.ts'

export const updateLimits = {
  /** Types within types, counted from the root: those of the document and of the update. */
  depth: 256,
  /** Nesting of plain values, in one struct. */
  valueDepth: 256,
  clients: 10_000,
  structs: 250_000,
  deletions: 100_000,
  /** Clocks of one client, in UTF-16 code units. */
  clock: 2 ** 32,
} as const

/**
 * Content nested deeper than this is left out wherever a journal is applied. Deeper than clients may write, since content that the server
 * inserts (a cell, a list item) adds a few levels.
 */
const maxStoredDepth = 2 * updateLimits.depth

/** The error for an update above a limit. */
const tooComplexError = (what: string) => new DomainError('too-complex', what)

/**
 * Refuses an update (Yjs V1) above a limit, before any of it is applied.
 * @throws DomainError too-complex
 * @throws when it is not an update
 */
export function assertUpdateWithinLimits(document: Y.Doc, update: Uint8Array): void {
  const { clients, structs, types, deletions, valueDepth, clock } = measureUpdate(update)
  if (clients > updateLimits.clients) throw tooComplexError(`An update may have parts of at most ${updateLimits.clients} clients.`)
  if (structs > updateLimits.structs) throw tooComplexError(`An update may have at most ${updateLimits.structs} parts.`)
  if (deletions > updateLimits.deletions) throw tooComplexError(`An update may delete at most ${updateLimits.deletions} ranges.`)
  if (clock > updateLimits.clock) throw tooComplexError('An update has a clock beyond 32 bits.')
  if (valueDepth > updateLimits.valueDepth) throw tooComplexError(`A value may be nested at most ${updateLimits.valueDepth} levels deep.`)
  if (types === 0) return
  const depth = measureDepth(document, Y.decodeUpdate(update))
  if (depth > updateLimits.depth) throw tooComplexError(`Content may be nested at most ${updateLimits.depth} levels deep.`)
  knownDepths.set(document, Math.max(depth, knownDepths.get(document) ?? 0))
}

/**
 * Refuses a state vector with more clients than a client of this document can have met.
 * @throws DomainError too-complex
 * @throws when it is not a state vector
 */
export function assertStateVectorWithinLimits(document: Y.Doc, stateVector: Uint8Array): void {
  if (readVarUint(createDecoder(stateVector)) > document.store.clients.size + updateLimits.clients)
    throw tooComplexError('A state vector has more clients than the document.')
}

/** The most levels that a document can have, by what was applied to it here. */
const knownDepths = new WeakMap<Y.Doc, number>()

export interface StoredOptions {
  origin?: unknown
  /** The update is in Yjs format V2. */
  v2?: boolean
  /** It is the state of a document that `applyStoredUpdate` built. */
  isBounded?: boolean
}

/**
 * Applies a stored row, edit session or snapshot; every stored update is applied here. Content deeper than `maxStoredDepth` is left out:
 * such rows were written before updates were bounded, and stay in the journal as they are.
 * @returns whether something was left out
 */
export function applyStoredUpdate(
  document: Y.Doc,
  update: Uint8Array,
  { origin, v2 = false, isBounded = false }: StoredOptions = {},
): boolean {
  if (isBounded) {
    knownDepths.set(document, maxStoredDepth)
    applyDecoded(document, update, origin, v2)
    return false
  }
  const depth = knownDepths.get(document) ?? 0
  const decoded = v2 ? Y.decodeUpdateV2(update) : undefined
  const types = decoded ? decoded.structs.filter(isType).length : measureUpdate(update).types
  const sum = depth + types
  if (sum <= maxStoredDepth) {
    knownDepths.set(document, sum)
    applyDecoded(document, update, origin, v2)
    return false
  }
  const parts = decoded ?? Y.decodeUpdate(update)
  const updateDepth = measureDepth(document, parts)
  const isTooDeep = updateDepth > maxStoredDepth
  knownDepths.set(document, Math.min(maxStoredDepth, Math.max(updateDepth, depth)))
  if (isTooDeep) applyDecoded(document, removeDeeperTypes(document, parts, maxStoredDepth), origin, false)
  else applyDecoded(document, update, origin, v2)
  return isTooDeep
}

function applyDecoded(document: Y.Doc, update: Uint8Array, origin: unknown, v2: boolean): void {
  if (v2) Y.applyUpdateV2(document, update, origin)
  else Y.applyUpdate(document, update, origin)
}
