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
  const chooseBelow = (limit: number) => Math.floor(random() * limit)
  const createBytes = (length: number) => Uint8Array.from({ length }, () => chooseBelow(256))
  const name = await createDraft(ann)
  const target = await createDraft(ann)
  const otherClient = await openDocument(node.url, name, ann.token)
  otherClient.text.insert(0, 'typed before')
  await waitUntil(() => isSaved(otherClient), 'the text to be saved')

  const createValidFrame = (): Uint8Array => {
    const createFrames = [
      () => encodeAuthFrame(target, ann.token),
      () => encodeStepOneFrame(target),
      () => encodeUpdateFrame(target, createTextUpdate('fuzz '.repeat(1 + chooseBelow(5)))),
      () => encodeFrame(target, 0, 1, Y.encodeStateAsUpdate(new Y.Doc())),
      () => encodeFrame(target, 1, Buffer.from([1, ...createBytes(1).map((byte) => byte % 128), 1, 4, ...Buffer.from('null')])),
      () => encodeFrame(target, 3),
      () => encodeFrame(target, 5, 'stateless'),
      () => encodeFrame(target, 7, 'bye'),
      () => encodeFrame(`${target}\0${chooseBelow(9)}`, 0, 0, new Uint8Array([0])),
    ]
    return (createFrames[chooseBelow(createFrames.length)] as () => Uint8Array)()
  }
  const mutate = (frame: Uint8Array): Uint8Array => {
    const copy = Uint8Array.from(frame)
    const kind = chooseBelow(4)
    if (kind === 0) return copy.subarray(0, chooseBelow(copy.length))
    if (kind === 1) return Buffer.concat([copy, createBytes(1 + chooseBelow(40))])
    if (kind === 2) return Buffer.concat([copy.subarray(0, chooseBelow(copy.length)), createValidFrame()])
    for (let flips = 1 + chooseBelow(6); flips > 0; flips--) copy[chooseBelow(copy.length)] = chooseBelow(256)
    return copy
  }

  let rawSocket: RawSocket | undefined
  const frames = chooseSize(500, 2000)
  for (let sentCount = 0; sentCount < frames; sentCount++) {
    if (!rawSocket || rawSocket.socket.readyState !== rawSocket.socket.OPEN || chooseBelow(50) === 0) {
      rawSocket?.socket.terminate()
      rawSocket = chooseBelow(3) === 0 ? await openRawSocket(node.url) : await openAuthenticatedSocket(node.url, target, ann.token)
    }
    const kind = chooseBelow(4)
    rawSocket.send(kind === 0 ? createBytes(chooseBelow(300)) : kind === 1 ? createValidFrame() : mutate(createValidFrame()))
    // yields to the server, so that frames arrive in every state of the socket
    if (chooseBelow(4) === 0) await new Promise(setImmediate)
  }
  rawSocket?.socket.terminate()

  otherClient.text.insert(otherClient.text.length, ', typed after')
  await waitUntil(() => isSaved(otherClient), 'the text to be saved')
  otherClient.close()
  for (const document of [name, target]) {
    const newClient = await openDocument(node.url, document, ann.token)
    if (document === name) expect(newClient.text.toString()).toBe('typed before, typed after')
    newClient.text.insert(0, 'x')
    await waitUntil(() => isSaved(newClient), 'a normal client to be saved')
    newClient.close()
  }
})
