import { beforeAll, expect, test } from 'vitest'
import * as Y from 'yjs'
import type { Node } from '../../main.ts'
import { createDraft, openDocument, type Person, registerPerson, isSaved } from '../support/client.ts'
import {
  openAuthenticatedSocket,
  encodeAuthFrame,
  type RawSocket,
  openRawSocket,
  encodeFrame,
  encodeStepOneFrame,
  encodeUpdateFrame,
  createTextUpdate,
} from '../support/frames.ts'
import { getEmptyNode } from '../support/node.ts'
import { createRandom, chooseSize, readSeed } from '../support/random.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: Node
let ann: Person
beforeAll(async () => {
  node = await getEmptyNode()
  ann = await registerPerson(node.url, 'Ann')
})

test('random and mutated frames do not affect other clients or documents', { timeout: 120_000 }, async () => {
  const random = createRandom(readSeed('fuzz'))
  const below = (most: number) => Math.floor(random() * most)
  const bytes = (length: number) => Uint8Array.from({ length }, () => below(256))
  const name = await createDraft(ann)
  const target = await createDraft(ann)
  const other = await openDocument(node.url, name, ann.token)
  other.text.insert(0, 'typed before')
  await waitUntil(() => isSaved(other), 'the words to be saved')

  const real = (): Uint8Array => {
    const made = [
      () => encodeAuthFrame(target, ann.token),
      () => encodeStepOneFrame(target),
      () => encodeUpdateFrame(target, createTextUpdate('fuzz '.repeat(1 + below(5)))),
      () => encodeFrame(target, 0, 1, Y.encodeStateAsUpdate(new Y.Doc())),
      () => encodeFrame(target, 1, Buffer.from([1, ...bytes(1).map((byte) => byte % 128), 1, 4, ...Buffer.from('null')])),
      () => encodeFrame(target, 3),
      () => encodeFrame(target, 5, 'stateless'),
      () => encodeFrame(target, 7, 'bye'),
      () => encodeFrame(`${target}\0${below(9)}`, 0, 0, new Uint8Array([0])),
    ]
    return (made[below(made.length)] as () => Uint8Array)()
  }
  const mutate = (good: Uint8Array): Uint8Array => {
    const copy = Uint8Array.from(good)
    const kind = below(4)
    if (kind === 0) return copy.subarray(0, below(copy.length))
    if (kind === 1) return Buffer.concat([copy, bytes(1 + below(40))])
    if (kind === 2) return Buffer.concat([copy.subarray(0, below(copy.length)), real()])
    for (let flips = 1 + below(6); flips > 0; flips--) copy[below(copy.length)] = below(256)
    return copy
  }

  let bare: RawSocket | undefined
  const frames = chooseSize(500, 2000)
  for (let sent = 0; sent < frames; sent++) {
    if (!bare || bare.socket.readyState !== bare.socket.OPEN || below(50) === 0) {
      bare?.socket.terminate()
      bare = below(3) === 0 ? await openRawSocket(node.url) : await openAuthenticatedSocket(node.url, target, ann.token)
    }
    const kind = below(4)
    bare.send(kind === 0 ? bytes(below(300)) : kind === 1 ? real() : mutate(real()))
    // yields to the server, so that frames arrive in every state of the socket
    if (below(4) === 0) await new Promise(setImmediate)
  }
  bare?.socket.terminate()

  other.text.insert(other.text.length, ', typed after')
  await waitUntil(() => isSaved(other), 'the words to be saved')
  other.close()
  for (const document of [name, target]) {
    const fresh = await openDocument(node.url, document, ann.token)
    if (document === name) expect(fresh.text.toString()).toBe('typed before, typed after')
    fresh.text.insert(0, 'x')
    await waitUntil(() => isSaved(fresh), 'a normal client to be saved')
    fresh.close()
  }
})
