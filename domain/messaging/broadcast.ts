/**
 * Messages and updates that programs send to subscribers: events for an audience. Administrators send to people, editors to their venture
 * or team.
 */
import { z } from 'zod'
import { requireEditor } from '../access/permission.ts'
import { requireAdmin, isAdmin, requireUserId } from '../kernel/permission.ts'
import { DomainError, notFound } from '../kernel/errors.ts'
import { command, type Permission, query, type CommandContext } from '../kernel/operation.ts'
import { filterExistingAccounts } from '../users/account.ts'
import {
  CollaborationUpdateSent,
  LegalUpdateSent,
  TeamUpdateSent,
  TokenUpdateSent,
  VentureUpdateSent,
  AnnouncementSent,
  WebsocketMessageBroadcast,
  WebsocketMessageSent,
} from './events.ts'

/** Maximum size of a payload as JSON, bytes: events are stored, and sent to many subscribers. */
const maxBytes = 16 * 1024

const isSmall = (value: unknown) => Buffer.byteLength(JSON.stringify(value) ?? '') <= maxBytes
const tooLargeMessage = `must have at most ${maxBytes} bytes as JSON`
const Fields = z.record(z.string(), z.unknown())
const Message = z.union([z.string().min(1), Fields], 'must be a text or an object').refine(isSmall, tooLargeMessage)
const Data = Fields.refine(isSmall, tooLargeMessage)
/** The kind of an update, chosen by the sender. */
const UpdateType = z.string().trim().min(1).max(100)

const ventureSubject = ({ id }: { id: string }) => `venture:${id}`
/** A team is a space. */
const teamSubject = ({ id }: { id: string }) => `space:${id}`

const platformTarget = { subject: 'platform', audience: ['platform'] }
const toTarget = (subject: string) => ({ subject, audience: [subject] })

/** @throws DomainError not-found where the person has no account */
async function userTarget(work: CommandContext, id: string) {
  if (!(await filterExistingAccounts(work, [id])).has(id)) throw notFound()
  return toTarget(`user:${id}`)
}

export const sendToUser = command('messaging.sendToUser', {
  input: { userId: z.uuid(), message: Message },
  authorize: requireAdmin,
  async execute(work, { userId, message }) {
    work.emit(WebsocketMessageSent, { ...(await userTarget(work, userId)), data: { message } })
  },
})

/** Sends to everyone who is signed in. */
export const broadcast = command('messaging.broadcast', {
  input: { message: Message },
  authorize: requireAdmin,
  execute: async (work, { message }) => work.emit(WebsocketMessageBroadcast, { ...platformTarget, data: { message } }),
})

/** Like `broadcast`, for announcements about SmartStart itself. */
export const announce = command('messaging.announce', {
  input: { announcement: Message },
  authorize: requireAdmin,
  execute: async (work, { announcement }) => work.emit(AnnouncementSent, { ...platformTarget, data: { announcement } }),
})

export const sendToVenture = command('messaging.sendToVenture', {
  input: { id: z.uuid(), message: Message },
  authorize: requireEditor(ventureSubject),
  execute: async (work, { id, message }) => work.emit(WebsocketMessageSent, { ...toTarget(ventureSubject({ id })), data: { message } }),
})

export const updateVentureLive = command('messaging.updateVentureLive', {
  input: { id: z.uuid(), updateType: UpdateType, data: Data },
  authorize: requireEditor(ventureSubject),
  execute: async (work, { id, updateType, data }) =>
    work.emit(VentureUpdateSent, { ...toTarget(ventureSubject({ id })), data: { ventureId: id, updateType, data } }),
})

export const sendToTeam = command('messaging.sendToTeam', {
  input: { id: z.uuid(), message: Message },
  authorize: requireEditor(teamSubject),
  execute: async (work, { id, message }) => work.emit(WebsocketMessageSent, { ...toTarget(teamSubject({ id })), data: { message } }),
})

export const updateTeamLive = command('messaging.updateTeamLive', {
  input: { id: z.uuid(), updateType: UpdateType, data: Data },
  authorize: requireEditor(teamSubject),
  execute: async (work, { id, updateType, data }) =>
    work.emit(TeamUpdateSent, { ...toTarget(teamSubject({ id })), data: { teamId: id, updateType, data } }),
})

const requireVentureMemberEditor: Permission<{ ventureId: string }> = (view, { ventureId }) =>
  requireEditor(ventureSubject)(view, { id: ventureId })

/** Reports what someone does in a venture. Only administrators can report for others. */
export const updateCollaboration = command('messaging.updateCollaboration', {
  input: { ventureId: z.uuid(), userId: z.uuid().optional().describe('yourself, when absent'), action: UpdateType, data: Data },
  authorize: requireVentureMemberEditor,
  async execute(work, { ventureId, userId, action, data }) {
    const doerId = userId ?? requireUserId(work)
    if (doerId !== requireUserId(work) && !isAdmin(work)) throw new DomainError('forbidden', 'You can only report your own actions.')
    await userTarget(work, doerId)
    work.emit(CollaborationUpdateSent, { ...toTarget(`venture:${ventureId}`), data: { ventureId, userId: doerId, action, data } })
  },
})

export const updateLegal = command('messaging.updateLegal', {
  input: { ventureId: z.uuid(), legalType: UpdateType, data: Data },
  authorize: requireVentureMemberEditor,
  execute: async (work, { ventureId, legalType, data }) =>
    work.emit(LegalUpdateSent, { ...toTarget(`venture:${ventureId}`), data: { ventureId, legalType, data } }),
})

export const updateToken = command('messaging.updateToken', {
  input: { userId: z.uuid(), tokenData: Data },
  authorize: requireAdmin,
  async execute(work, { userId, tokenData }) {
    work.emit(TokenUpdateSent, { ...(await userTarget(work, userId)), data: { userId, tokenData } })
  },
})

/** The connection counts of this node. */
export const readNodeStats = query('messaging.readConnected', {
  input: {},
  authorize: requireAdmin,
  execute: (view) => view.ports.readStats(),
})
