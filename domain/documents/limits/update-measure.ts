/**
 * Measures an update (Yjs V1) from its bytes in one pass, without creating objects: the memory and stack that Yjs would need are known in
 * advance. Refuses what no Yjs writes and where Yjs throws half-way: structs without a length, and structs that refer to later ones of the
 * same client.
 */
import { createDecoder, type Decoder, readUint8, readVarUint } from 'lib0/decoding'

/** The measures of an update. */
export interface UpdateMeasure {
  clients: number
  /** Structs that it writes; types among them, which may contain others. */
  structs: number
  types: number
  /** Ranges that it deletes. */
  deletions: number
  /** The deepest nesting of its plain values. */
  valueDepth: number
  /** The highest clock that it reaches. */
  clock: number
}

/** Kinds of structs, and flags beside them (Yjs `readClientsStructRefs`, `contentRefs`). */
const kinds = { gc: 0, deleted: 1, json: 2, binary: 3, string: 4, embed: 5, format: 6, type: 7, any: 8, document: 9, skip: 10 } as const
const kindBits = 0x1f
const flags = { left: 0x80, right: 0x40, key: 0x20 }
/** Types that have a name (Yjs `typeRefs`: XmlElement, XmlHook), and the number of kinds. */
const named = new Set([3, 5])
const typeKinds = 7
/** Kinds of plain values (lib0 `readAny`). */
const values = { bytes: 116, array: 117, object: 118, string: 119, bigint: 122, float64: 123, float32: 124, integer: 125 } as const
const lowestConstant = 120
const highestConstant = 127

/** Measures an update. @throws when it is not an update */
export function measureUpdate(update: Uint8Array): UpdateMeasure {
  const decoder = createDecoder(update)
  const found: UpdateMeasure = { clients: readVarUint(decoder), structs: 0, types: 0, deletions: 0, valueDepth: 0, clock: 0 }
  for (let clients = found.clients; clients > 0; clients--) {
    const structs = readVarUint(decoder)
    const client = readVarUint(decoder)
    let clock = readVarUint(decoder)
    for (let left = structs; left > 0; left--) clock += measureStruct(decoder, found, client, clock)
    found.structs += structs
    if (clock > found.clock) found.clock = clock
  }
  for (let clients = readVarUint(decoder); clients > 0; clients--) {
    readVarUint(decoder)
    const ranges = readVarUint(decoder)
    found.deletions += ranges
    for (let left = ranges; left > 0; left--) {
      const end = readVarUint(decoder) + assertNotZero(readVarUint(decoder))
      if (end > found.clock) found.clock = end
    }
  }
  return found
}

/** Skips a struct of a client at a clock. @returns how many clocks it takes */
function measureStruct(decoder: Decoder, found: UpdateMeasure, client: number, clock: number): number {
  const info = readUint8(decoder)
  const kind = info & kindBits
  if (kind === kinds.gc || kind === kinds.skip) return assertNotZero(readVarUint(decoder))
  const sides = (info & flags.left ? 1 : 0) + (info & flags.right ? 1 : 0)
  if (sides === 0) {
    if (readVarUint(decoder) === 1) skipBytes(decoder)
    else skipId(decoder, client, clock)
    if (info & flags.key) skipBytes(decoder)
  } else for (let ids = sides; ids > 0; ids--) skipId(decoder, client, clock)
  switch (kind) {
    case kinds.deleted:
      return assertNotZero(readVarUint(decoder))
    case kinds.json: {
      const length = assertNotZero(readVarUint(decoder))
      for (let left = length; left > 0; left--) measureJson(decoder, found)
      return length
    }
    case kinds.string:
      return assertNotZero(measureText(decoder))
    case kinds.any: {
      const length = assertNotZero(readVarUint(decoder))
      measureValues(decoder, length, found)
      return length
    }
    default:
      measureOne(decoder, kind, found)
      return 1
  }
}

/** Skips the content of a struct that takes one clock. */
function measureOne(decoder: Decoder, kind: number, found: UpdateMeasure): void {
  if (kind === kinds.binary) skipBytes(decoder)
  else if (kind === kinds.embed) measureJson(decoder, found)
  else if (kind === kinds.format) {
    skipBytes(decoder)
    measureJson(decoder, found)
  } else if (kind === kinds.type) {
    found.types++
    const type = readVarUint(decoder)
    if (type >= typeKinds) throw new Error(`unknown kind of type: ${type}`)
    if (named.has(type)) skipBytes(decoder)
  } else if (kind === kinds.document) {
    skipBytes(decoder)
    measureValues(decoder, 1, found)
  } else throw new Error(`unknown kind of struct: ${kind}`)
}

function assertNotZero(length: number): number {
  if (length === 0) throw new Error('a struct has no length')
  return length
}

/** Skips the id of an item to which a struct of a client refers. */
function skipId(decoder: Decoder, client: number, clock: number): void {
  const [of, at] = [readVarUint(decoder), readVarUint(decoder)]
  if (of === client && at >= clock) throw new Error('a struct refers to a later one')
}

/** Skips a text. @returns its length in UTF-16 code units */
function measureText(decoder: Decoder): number {
  const { arr } = decoder
  let length = 0
  const bytes = skipBytes(decoder)
  for (let at = decoder.pos - bytes; at < decoder.pos; at++) {
    const byte = arr[at] as number
    if ((byte & 0xc0) !== 0x80) length += byte >= 0xf0 ? 2 : 1
  }
  return length
}

/** Skips bytes or a text with a length prefix. @returns the length */
function skipBytes(decoder: Decoder): number {
  const length = readVarUint(decoder)
  if (decoder.pos + length > decoder.arr.length) throw new Error('a struct is longer than the update')
  decoder.pos += length
  return length
}

const opens = new Set([0x5b, 0x7b])
const closes = new Set([0x5d, 0x7d])

/** Skips a JSON text. The length of a short one bounds its depth. Brackets within strings may count too much, never too little. */
function measureJson(decoder: Decoder, found: UpdateMeasure): void {
  const length = skipBytes(decoder)
  if (length <= found.valueDepth) return
  let depth = 0
  let inText = false
  const end = decoder.pos
  for (let at = end - length; at < end; at++) {
    const byte = decoder.arr[at] as number
    if (byte === 0x22) inText = !inText
    else if (inText) at += byte === 0x5c ? 1 : 0
    else if (opens.has(byte)) found.valueDepth = Math.max(found.valueDepth, ++depth)
    else if (closes.has(byte)) depth--
  }
}

/** Skips plain values, without a call for each nested one. */
function measureValues(decoder: Decoder, count: number, found: UpdateMeasure): void {
  /** How many values are left to read on each level; negative for those of an object, each after its key. */
  const left = [count]
  while (left.length > 0) {
    const here = left.at(-1) as number
    if (here === 0) {
      left.pop()
      continue
    }
    left[left.length - 1] = here > 0 ? here - 1 : here + 1
    if (here < 0) skipBytes(decoder)
    if (decoder.pos >= decoder.arr.length) throw new Error('a value is missing')
    const kind = readUint8(decoder)
    if (kind === values.array) left.push(readVarUint(decoder))
    else if (kind === values.object) left.push(-readVarUint(decoder))
    else skipValue(decoder, kind)
    if (left.length - 1 > found.valueDepth) found.valueDepth = left.length - 1
  }
}

function skipValue(decoder: Decoder, kind: number): void {
  if (kind === values.bytes || kind === values.string) skipBytes(decoder)
  // a signed integer has one bit less in its first byte, and as many bytes
  else if (kind === values.integer) while (readUint8(decoder) >= 0x80);
  else if (kind === values.float32) decoder.pos += 4
  else if (kind === values.float64 || kind === values.bigint) decoder.pos += 8
  else if (kind < lowestConstant || kind > highestConstant) throw new Error(`unknown kind of value: ${kind}`)
}
