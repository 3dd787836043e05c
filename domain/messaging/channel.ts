/** Channels of a space or venture: the default one, and those that its editors create. */
import { z } from 'zod'
import { requireEditor } from '../access/permission.ts'
import { newId } from '../kernel/entity.ts'
import { DomainError } from '../kernel/errors.ts'
import { parseSubject, subjectKind } from '../kernel/manifest/registry.ts'
import { command, type CommandContext } from '../kernel/operation.ts'
import { ifMatch, assertVersion } from '../kernel/etag.ts'
import {
  ChannelSubject,
  Conversation,
  type ConversationDetails,
  requireConversationModerator,
  readConversation,
  emitConversationChanged,
} from './conversation.ts'
import { singleLine } from '../kernel/text/well-formed.ts'

/** A channel's name: one line, 1 to 80 characters; unique among the open channels of its subject, ignoring case. */
const ChannelName = singleLine(80)

/** Maximum channels of a space or venture, including archived ones. */
const maxChannels = 500

function insertChannel(work: CommandContext, fields: { id: string; subject: string; name: string; general: boolean }): Conversation {
  const begun = { people: null, head: 0, saidAt: work.now, archivedAt: null, version: 1 }
  const channel = work.em.create(Conversation, { ...fields, ...begun })
  work.em.persist(channel)
  return channel
}

/** Creates the default channel of a subject whose kind has channels. It has the subject's id and the same readers. */
export function createDefaultChannel(work: CommandContext, { subject }: { subject: string }): void {
  const { kind, id } = parseSubject(subject)
  if (subjectKind(kind).channels) insertChannel(work, { id, subject, name: 'general', general: true })
}

/** @throws DomainError conflict when an open channel of the subject has this name */
export const createChannel = command('messaging.createChannel', {
  input: { subject: ChannelSubject, name: ChannelName },
  authorize: requireEditor(({ subject }) => subject),
  async execute(work, { subject, name }): Promise<ConversationDetails> {
    if ((await work.em.count(Conversation, { subject })) >= maxChannels)
      throw new DomainError('conflict', `A space or venture can have at most ${maxChannels} channels.`)
    const channel = insertChannel(work, { id: newId(), subject, name, general: false })
    emitConversationChanged(work, channel)
    await work.em.flush()
    return readConversation(work, channel.id)
  },
})

/**
 * Renames a channel, archives it (it can be read, but takes no messages) or reopens it.
 * @throws DomainError conflict for the default channel, which cannot be changed; forbidden for a direct conversation
 */
export const updateChannel = command('messaging.updateChannel', {
  input: { conversationId: z.uuid(), name: ChannelName.optional(), archived: z.boolean().optional(), ifMatch },
  authorize: requireConversationModerator,
  async execute(work, { conversationId, name, archived, ifMatch }): Promise<ConversationDetails> {
    const channel = await work.em.findOneOrFail(Conversation, conversationId)
    if (!channel.subject) throw new DomainError('forbidden', 'Direct conversations cannot be renamed or archived.')
    if (channel.general) throw new DomainError('conflict', 'The general channel cannot be renamed or archived.')
    assertVersion(channel, ifMatch)
    if (name !== undefined) channel.name = name
    if (archived !== undefined) channel.archivedAt = archived ? (channel.archivedAt ?? work.now) : null
    emitConversationChanged(work, channel)
    await work.em.flush()
    return readConversation(work, channel.id)
  },
})
