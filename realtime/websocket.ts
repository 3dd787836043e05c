/** What both kinds of WebSocket share: frames encoded once for many clients, and closing. */
import * as ws from 'ws'
import { type ProblemCode, problems } from '../domain/kernel/errors.ts'

/** Public in `ws`, but missing in its types. */
const { Sender } = ws as unknown as {
  Sender: { frame(data: Uint8Array, options: { fin: boolean; opcode: number; mask: boolean; readOnly: boolean; rsv1: boolean }): Buffer[] }
}
const textOptions = { fin: true, opcode: 1, mask: false, readOnly: true, rsv1: false }
const binaryOptions = { ...textOptions, opcode: 2 }

/** Encodes a text message as a frame of a server. */
export const encodeTextFrame = (text: string): Buffer => Buffer.concat(Sender.frame(Buffer.from(text), textOptions))

/** Encodes a binary message as a frame of a server. @param parts of the message, in order */
export function encodeBinaryFrame(...parts: Uint8Array[]): Buffer {
  const message = parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts)
  return Buffer.concat(Sender.frame(message, binaryOptions))
}

const terminateAfterMs = 1000

/** Closes a WebSocket because of a problem. A slow reader does not read the close frame either, so its connection is terminated soon. */
export function closeWebSocket(socket: ws.WebSocket, problem: ProblemCode): void {
  socket.close(problems[problem].close, problem)
  if (problem === 'slow-reader') setTimeout(() => socket.terminate(), terminateAfterMs).unref()
}
