/**
 * What programs tell people over their sockets (facts 1.11): stored as events, heard by whom they are for. The first SmartStart let anybody
 * send anything to anyone; here people are told by administrators, a venture and a team by their editors.
 */
import { z } from 'zod'
import { adminOnly, edit, isAdmin, userOf } from '../access/permission.ts'
import { DomainError, notFound } from '../kernel/errors.ts'
import { command, type Permission, query, type Work } from '../kernel/operation.ts'
import { User } from '../users/user.ts'
import {
  CollaborationUpdate,
  LegalUpdate,
  TeamUpdate,
  TokenUpdate,
  VentureUpdate,
  WebsocketAnnounced,
  WebsocketBroadcast,
  WebsocketSent,
} from './events.ts'

/** What is told at once, as JSON: events are kept, and heard by many. Bytes. */
const mostBytes = 16 * 1024

const small = (value: unknown) => Buffer.byteLength(JSON.stringify(value) ?? '') <= mostBytes
const tooLarge = `takes at most ${mostBytes} bytes of JSON`
const Fields = z.record(z.string(), z.unknown())
const Message = z.union([z.string().min(1), Fields], 'takes a text or an object').refine(small, tooLarge)
const Data = Fields.refine(small, tooLarge)
/** What kind of update it is, in the words of whoever sends it. */
const Word = z.string().trim().min(1).max(100)

const venture = ({ id }: { id: string }) => `venture:${id}`
/** A team is a space. */
const team = ({ id }: { id: string }) => `space:${id}`

const platform = { subject: 'platform', audience: ['platform'] }
const to = (subject: string) => ({ subject, audience: [subject] })

/** @throws DomainError not-found for somebody who has no account */
async function person(work: Work, id: string) {
  if ((await work.em.count(User, { id, status: { $ne: 'deleted' } })) === 0) throw notFound()
  return to(`user:${id}`)
}

export const sendToUser = command('messaging.sendToUser', {
  input: { userId: z.uuid(), message: Message },
  may: adminOnly,
  async does(work, { userId, message }) {
    work.emit(WebsocketSent, { ...(await person(work, userId)), data: { message } })
  },
})

/** Tells everybody who is signed in. */
export const broadcast = command('messaging.broadcast', {
  input: { message: Message },
  may: adminOnly,
  does: async (work, { message }) => work.emit(WebsocketBroadcast, { ...platform, data: { message } }),
})

/** As `broadcast`, of what concerns SmartStart itself. */
export const announce = command('messaging.announce', {
  input: { announcement: Message },
  may: adminOnly,
  does: async (work, { announcement }) => work.emit(WebsocketAnnounced, { ...platform, data: { announcement } }),
})

export const sendToVenture = command('messaging.sendToVenture', {
  input: { id: z.uuid(), message: Message },
  may: edit(venture),
  does: async (work, { id, message }) => work.emit(WebsocketSent, { ...to(venture({ id })), data: { message } }),
})

export const updateVentureLive = command('messaging.updateVentureLive', {
  input: { id: z.uuid(), updateType: Word, data: Data },
  may: edit(venture),
  does: async (work, { id, updateType, data }) =>
    work.emit(VentureUpdate, { ...to(venture({ id })), data: { ventureId: id, updateType, data } }),
})

export const sendToTeam = command('messaging.sendToTeam', {
  input: { id: z.uuid(), message: Message },
  may: edit(team),
  does: async (work, { id, message }) => work.emit(WebsocketSent, { ...to(team({ id })), data: { message } }),
})

export const updateTeamLive = command('messaging.updateTeamLive', {
  input: { id: z.uuid(), updateType: Word, data: Data },
  may: edit(team),
  does: async (work, { id, updateType, data }) => work.emit(TeamUpdate, { ...to(team({ id })), data: { teamId: id, updateType, data } }),
})

const ofVenture: Permission<{ ventureId: string }> = (view, { ventureId }) => edit(venture)(view, { id: ventureId })

/** What somebody does in a venture. Whose doing it is cannot be told of others, but by administrators. */
export const updateCollaboration = command('messaging.updateCollaboration', {
  input: { ventureId: z.uuid(), userId: z.uuid().optional().describe('oneself, when absent'), action: Word, data: Data },
  may: ofVenture,
  async does(work, { ventureId, userId, action, data }) {
    const doer = userId ?? userOf(work)
    if (doer !== userOf(work) && !isAdmin(work)) throw new DomainError('forbidden', 'What others do is told by themselves.')
    await person(work, doer)
    work.emit(CollaborationUpdate, { ...to(`venture:${ventureId}`), data: { ventureId, userId: doer, action, data } })
  },
})

export const updateLegal = command('messaging.updateLegal', {
  input: { ventureId: z.uuid(), legalType: Word, data: Data },
  may: ofVenture,
  does: async (work, { ventureId, legalType, data }) =>
    work.emit(LegalUpdate, { ...to(`venture:${ventureId}`), data: { ventureId, legalType, data } }),
})

export const updateToken = command('messaging.updateToken', {
  input: { userId: z.uuid(), tokenData: Data },
  may: adminOnly,
  async does(work, { userId, tokenData }) {
    work.emit(TokenUpdate, { ...(await person(work, userId)), data: { userId, tokenData } })
  },
})

/** What is connected to this node. */
export const readConnected = query('messaging.readConnected', {
  input: {},
  may: adminOnly,
  does: (view) => view.ports.connected(),
})
