import { z } from 'zod'
import { listEvents, type EventPage, streamEvents } from '../../domain/access/audience.ts'
import { jsonResponse, get } from '../http/endpoint.ts'
import { eventMessage } from '../events/transport.ts'

export const EventBody = z
  .object({
    type: z.literal('event'),
    position: z.number().int().describe('its position in the order of all events'),
    event: z.string(),
    subject: z.string(),
    at: z.iso.datetime(),
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'Event' })

const eventList = jsonResponse(
  z.object({
    items: z.array(EventBody),
    position: z.number().int().describe('pass it as `after` to continue without gaps or repetitions'),
  }),
  ({ events, position }: EventPage) => ({ items: events.map(eventMessage) as z.infer<typeof EventBody>[], position }),
)

export const events = [
  get(
    '/events',
    'Lists the events after a position for you and the given audiences, in order. Without `after`, returns the newest position.',
    listEvents,
    eventList,
  ),
  get('/notifications/stream', 'Streams events as server-sent events, from a position or from now on.', streamEvents, undefined, {
    stream: true,
    fromRequest: ({ req }) => (req.headers['last-event-id'] ? { lastEventId: req.headers['last-event-id'] } : {}),
  }),
]
