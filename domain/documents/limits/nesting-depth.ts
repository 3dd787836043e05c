/** Measures how deep the types of an update are nested, together with the document that takes it, before it is applied. */
import { writeVarUint } from 'lib0/encoding'
import * as Y from 'yjs'

type Struct = Y.Item | Y.GC | Y.Skip

/** Structs of an update by client, in the order of clocks, as Yjs decodes them. */
type Structs = Map<number, Struct[]>

/** The level is unknown: it depends on something that is neither in the update nor in the document, so it is not applied. */
const unknown = 0

/**
 * Reads the level of each struct of an update in a document: 1 in a root type, one more for each type around it. Walks without recursion,
 * since the stack might not hold what it measures.
 */
function createLevelReader(document: Y.Doc, structs: Structs): (struct: Struct) => number {
  const levels = new Map<Struct, number>()
  return function levelOf(struct) {
    const path: { struct: Struct; more: number }[] = []
    let next: Struct | undefined = struct
    let base = unknown
    while (next) {
      const known = levels.get(next)
      if (known !== undefined) {
        base = known
        break
      }
      // until it is known, for structs that depend on each other in a circle
      levels.set(next, unknown)
      const from = findOrigin(next)
      path.push({ struct: next, more: from === undefined || from.inside ? 1 : 0 })
      if (!from) break
      next = findStruct(structs, from.id)
      if (!next) base = readLevel(document, from.id)
    }
    for (const { struct: one, more } of path.reverse()) levels.set(one, (base += more))
    return base
  }
}

/** The struct that determines where another one is: its parent, or a neighbour; undefined in a root type. */
function findOrigin(struct: Struct): { id: Y.ID; inside: boolean } | undefined {
  if (!(struct instanceof Y.Item)) return undefined
  const parent = struct.parent as unknown
  if (parent instanceof Y.ID) return { id: parent, inside: true }
  const beside = struct.origin ?? struct.rightOrigin
  return parent === null && beside ? { id: beside, inside: false } : undefined
}

function findStruct(structs: Structs, { client, clock }: Y.ID): Struct | undefined {
  const all = structs.get(client)
  if (!all) return undefined
  let low = 0
  let high = all.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const struct = all[middle] as Struct
    if (clock < struct.id.clock) high = middle - 1
    else if (clock >= struct.id.clock + struct.length) low = middle + 1
    else return struct
  }
  return undefined
}

function readLevel({ store }: Y.Doc, id: Y.ID): number {
  if (id.clock >= Y.getState(store, id.client)) return unknown
  let item: unknown = Y.getItem(store, id)
  let level = 0
  while (item instanceof Y.Item) {
    level++
    item = (item.parent as Y.AbstractType<unknown> | null)?._item
  }
  return level
}

function groupByClient(structs: Struct[]): Structs {
  const found: Structs = new Map()
  for (const struct of structs) {
    const known = found.get(struct.id.client)
    if (known) known.push(struct)
    else found.set(struct.id.client, [struct])
  }
  return found
}

/** Whether a struct is a type, which may contain others. */
export const isType = (struct: Struct) => struct instanceof Y.Item && struct.content instanceof Y.ContentType

/** The deepest level at which a decoded update writes a type. */
export function measureDepth(document: Y.Doc, { structs }: ReturnType<typeof Y.decodeUpdate>): number {
  const levelOf = createLevelReader(document, groupByClient(structs))
  let deepest = 0
  for (const struct of structs) if (isType(struct)) deepest = Math.max(deepest, levelOf(struct))
  return deepest
}

/**
 * Removes types that are nested deeper than a level from an update, as if they had been deleted and collected: their clocks stay used, and
 * Yjs drops their content.
 * @returns an update (Yjs V1)
 */
export function removeDeeperTypes(document: Y.Doc, { structs, ds }: ReturnType<typeof Y.decodeUpdate>, maxDepth: number): Uint8Array {
  const clients = groupByClient(structs)
  const levelOf = createLevelReader(document, clients)
  const encoder = new Y.UpdateEncoderV1()
  const { restEncoder } = encoder
  writeVarUint(restEncoder, clients.size)
  // highest client first, as Yjs writes them
  for (const [client, all] of [...clients].sort(([one], [other]) => other - one)) {
    writeVarUint(restEncoder, all.length)
    encoder.writeClient(client)
    writeVarUint(restEncoder, (all[0] as Struct).id.clock)
    for (const struct of all) {
      const leftOut = isType(struct) && levelOf(struct) > maxDepth
      ;(leftOut ? new Y.GC(struct.id, struct.length) : struct).write(encoder, 0)
    }
  }
  writeVarUint(restEncoder, ds.clients.size)
  for (const [client, ranges] of ds.clients) {
    writeVarUint(restEncoder, client)
    writeVarUint(restEncoder, ranges.length)
    for (const { clock, len } of ranges) {
      writeVarUint(restEncoder, clock)
      writeVarUint(restEncoder, len)
    }
  }
  return encoder.toUint8Array()
}
