import { beforeAll, expect, test } from 'vitest'
import * as Y from 'yjs'
import type { Node } from '../../main.ts'
import { createDraft, openDocument, type Person, registerPerson, isSaved } from '../support/client.ts'
import { admittedSocket, authFrame, type Bare, bareSocket, frame, stepOneFrame, updateFrame, updateOf } from '../support/frames.ts'
import { emptyNode } from '../support/node.ts'
import { randomFrom, repetitions, seedOf } from '../support/random.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: Node
let ann: Person
beforeAll(async () => {
  node = await emptyNode()
  ann = await registerPerson(node.url, 'Ann')
})

test('2,000 random and mutated frames harm nobody', { timeout: 120_000 }, async () => {
  const random = randomFrom(seedOf('fuzz'))
  const below = (most: number) => Math.floor(random() * most)
  const bytes = (length: number) => Uint8Array.from({ length }, () => below(256))
  const name = await createDraft(ann)
  const target = await createDraft(ann)
  const other = await openDocument(node.url, name, ann.token)
  other.text.insert(0, 'typed before')
  await waitUntil(() => isSaved(other), 'the words to be saved')

  const real = (): Uint8Array => {
    const made = [
      () => authFrame(target, ann.token),
      () => stepOneFrame(target),
      () => updateFrame(target, updateOf('fuzz '.repeat(1 + below(5)))),
      () => frame(target, 0, 1, Y.encodeStateAsUpdate(new Y.Doc())),
      () => frame(target, 1, Buffer.from([1, ...bytes(1).map((byte) => byte % 128), 1, 4, ...Buffer.from('null')])),
      () => frame(target, 3),
      () => frame(target, 5, 'stateless'),
      () => frame(target, 7, 'bye'),
      () => frame(`${target}\0${below(9)}`, 0, 0, new Uint8Array([0])),
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

  let bare: Bare | undefined
  const frames = repetitions(500, 2000)
  for (let sent = 0; sent < frames; sent++) {
    if (!bare || bare.socket.readyState !== bare.socket.OPEN || below(50) === 0) {
      bare?.socket.terminate()
      bare = below(3) === 0 ? await bareSocket(node.url) : await admittedSocket(node.url, target, ann.token)
    }
    const kind = below(4)
    bare.send(kind === 0 ? bytes(below(300)) : kind === 1 ? real() : mutate(real()))
    // gives the server its turn, so that frames meet every state of the socket
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
