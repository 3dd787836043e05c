import { z } from 'zod'
import type { NodeStats } from '../../domain/kernel/operation.ts'
import {
  announce,
  broadcast,
  readNodeStats,
  sendToTeam,
  sendToUser,
  sendToVenture,
  updateCollaboration,
  updateLegal,
  updateTeamLive,
  updateToken,
  updateVentureLive,
} from '../../domain/messaging/broadcast.ts'
import { action, jsonResponse, get } from '../http/endpoint.ts'

const count = z.number().int().min(0)

const stats = jsonResponse(
  z.object({
    subscribers: count.describe('connected subscribers of events'),
    sockets: count.describe('sockets of live documents'),
    connections: count.describe('documents open on these sockets'),
    documents: count.describe('live documents in memory'),
    uptime: z.number().describe('seconds since this node started'),
  }),
  (connected: NodeStats) => connected,
)

/** Statistics are of this node; messages are sent to subscribers of every node. */
export const websocket = [
  get(
    '/websocket/stats',
    'Returns how many subscribers, sockets and live documents this node serves. For administrators.',
    readNodeStats,
    stats,
  ),
  action('/websocket/send', 'Sends a live message to the subscribers of one user. For administrators.', sendToUser),
  action('/websocket/broadcast', 'Sends a live message to all subscribers. For administrators.', broadcast),
  action('/websocket/announcement', 'Announces something about the installation to all subscribers. For administrators.', announce),
  action('/websocket/venture/:id/send', 'Sends a live message to the subscribers of a venture.', sendToVenture),
  action('/websocket/venture/:id/update', 'Tells the subscribers of a venture about an update.', updateVentureLive),
  action('/websocket/team/:id/send', 'Sends a live message to the subscribers of a team space.', sendToTeam),
  action('/websocket/team/:id/update', 'Tells the subscribers of a team space about an update.', updateTeamLive),
  action('/websocket/collaboration/update', 'Tells the subscribers of a venture what a person is doing in it.', updateCollaboration),
  action('/websocket/legal/update', 'Tells the subscribers of a venture about an update of its legal work.', updateLegal),
  action('/websocket/token/update', 'Tells a user about an update of their tokens. For administrators.', updateToken),
]
