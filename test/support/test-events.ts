/** An event that only tests emit. */
import { z } from 'zod'
import { allowAnyone } from '../../domain/kernel/permission.ts'
import { event } from '../../domain/kernel/events/event.ts'
import { system } from '../../domain/kernel/actor.ts'
import { command } from '../../domain/kernel/operation.ts'
import type { Node } from '../../main.ts'

export const TestEvent = event('test.emitted', { n: z.number(), text: z.string() })

const emitTestEventsCommand = command('test.emit', {
  input: { audience: z.array(z.string()), from: z.number(), count: z.number(), text: z.string() },
  authorize: allowAnyone,
  async execute(work, { audience, from, count, text }) {
    for (let n = from; n < from + count; n++) work.emit(TestEvent, { subject: 'test:subject', audience, data: { n, text } })
  },
})

/** Emits `count` events for an audience, numbered `n` from `from`, with a text. */
export const emitTestEvents = (node: Node, audience: string[], { from = 0, count = 1, text = '' } = {}) =>
  node.domain.run(system, emitTestEventsCommand, { audience, from, count, text })
