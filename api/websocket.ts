import { z } from 'zod'
import type { Connected } from '../domain/kernel/operation.ts'
import {
  announce,
  broadcast,
  readConnected,
  sendToTeam,
  sendToUser,
  sendToVenture,
  updateCollaboration,
  updateLegal,
  updateTeamLive,
  updateToken,
  updateVentureLive,
} from '../domain/messaging/broadcast.ts'
import { act, answer, get } from './endpoint.ts'

const count = z.number().int().min(0)

const stats = answer(
  z.object({
    subscribers: count.describe('connections that hear events'),
    sockets: count.describe('sockets of live documents'),
    connections: count.describe('documents open over them'),
    documents: count.describe('live documents in memory'),
    uptime: z.number().describe('seconds since this node started'),
  }),
  (connected: Connected) => connected,
)

/** All of this node alone; what is sent is heard on every node. */
export const websocket = [
  get('/websocket/stats', readConnected, stats),
  act('/websocket/send', sendToUser),
  act('/websocket/broadcast', broadcast),
  act('/websocket/announcement', announce),
  act('/websocket/venture/:id/send', sendToVenture),
  act('/websocket/venture/:id/update', updateVentureLive),
  act('/websocket/team/:id/send', sendToTeam),
  act('/websocket/team/:id/update', updateTeamLive),
  act('/websocket/collaboration/update', updateCollaboration),
  act('/websocket/legal/update', updateLegal),
  act('/websocket/token/update', updateToken),
]
