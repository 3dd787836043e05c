import { z } from 'zod'
import { listEvents, type Missed, streamEvents } from '../domain/access/audience.ts'
import { answer, get } from './endpoint.ts'
import { toldOf } from './event-frame.ts'

export const EventBody = z
  .object({
    type: z.literal('event'),
    position: z.number().int().describe('its place in the one order of all events'),
    event: z.string(),
    subject: z.string(),
    at: z.iso.datetime(),
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'Event' })

const missed = answer(
  z.object({
    items: z.array(EventBody),
    position: z.number().int().describe('give it back as `after`: nothing is missed and nothing comes twice'),
  }),
  ({ events, position }: Missed) => ({ items: events.map(toldOf) as z.infer<typeof EventBody>[], position }),
)

export const events = [
  get('/events', listEvents, missed),
  get('/notifications/stream', streamEvents, undefined, {
    stream: true,
    fromRequest: ({ req }) => (req.headers['last-event-id'] ? { lastEventId: req.headers['last-event-id'] } : {}),
  }),
]
