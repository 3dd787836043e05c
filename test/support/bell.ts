/** Events of a test's own. */
import { z } from 'zod'
import { anyone } from '../../domain/access/permission.ts'
import { event } from '../../domain/kernel/events.ts'
import { command, system } from '../../domain/kernel/operation.ts'
import type { Node } from '../../main.ts'

export const Rang = event('test.rang', { n: z.number(), text: z.string() })

const ringBells = command('test.ringBells', {
  input: { audience: z.array(z.string()), from: z.number(), count: z.number(), text: z.string() },
  may: anyone,
  async does(work, { audience, from, count, text }) {
    for (let n = from; n < from + count; n++) work.emit(Rang, { subject: 'test:bell', audience, data: { n, text } })
  },
})

/** Lets something happen for an audience, `count` times; the events carry `n`, counted from `from`, and a text. */
export const ring = (node: Node, audience: string[], { from = 0, count = 1, text = '' } = {}) =>
  node.domain.run(system, ringBells, { audience, from, count, text })
