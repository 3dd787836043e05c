/** Encodes and decodes awareness states. Each state is marked with its owner. */
import { createDecoder, readVarString, readVarUint } from 'lib0/decoding'
import { createEncoder, toUint8Array, writeVarString, writeVarUint, writeVarUint8Array } from 'lib0/encoding'
import { frameType } from '../socket/protocol-codec.ts'

/** The account that a state belongs to. */
export interface AwarenessOwner {
  userId: string
  name: string
}

/** The state of one client, with the clock of y-protocols' awareness. */
export interface AwarenessState {
  client: number
  clock: number
  /** JSON; `null` when the client is gone. */
  state: string
}

/** Largest state, UTF-16 code units. A cursor has about 300. */
const maxStateLength = 64 * 1024

/**
 * Decodes an awareness payload. A state with a `user` or a `cursor` gets this owner's `user.id` and `user.name`, whatever the client
 * wrote there. Other fields, such as a color, stay as they are.
 * @returns the states, or the problem with the payload
 */
export function readStates(payload: Uint8Array, owner: AwarenessOwner): AwarenessState[] | 'invalid-input' | 'too-large' {
  const states: AwarenessState[] = []
  try {
    const decoder = createDecoder(payload)
    for (let count = readVarUint(decoder); count > 0; count--) {
      const client = readVarUint(decoder)
      const clock = readVarUint(decoder)
      const text = readVarString(decoder)
      if (text.length > maxStateLength) return 'too-large'
      const state = setOwner(text, owner)
      if (state.length > maxStateLength) return 'too-large'
      states.push({ client, clock, state })
    }
  } catch {
    return 'invalid-input'
  }
  return states
}

/** @throws when the text is not JSON */
function setOwner(text: string, { userId, name }: AwarenessOwner): string {
  const state: unknown = JSON.parse(text)
  if (typeof state !== 'object' || state === null || !('user' in state || 'cursor' in state)) return text
  const { user } = state as { user?: unknown }
  return JSON.stringify({ ...state, user: { ...(typeof user === 'object' ? user : {}), id: userId, name } })
}

/** Encodes states as a message to clients. */
export function encodeAwareness(states: readonly AwarenessState[]): Uint8Array {
  const inner = createEncoder()
  writeVarUint(inner, states.length)
  for (const { client, clock, state } of states) {
    writeVarUint(inner, client)
    writeVarUint(inner, clock)
    writeVarString(inner, state)
  }
  const encoder = createEncoder()
  writeVarUint(encoder, frameType.awareness)
  writeVarUint8Array(encoder, toUint8Array(inner))
  return toUint8Array(encoder)
}
