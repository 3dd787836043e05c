/** Channels of a space or a venture: the general one that comes with it, and those that its editors make. */
import { z } from 'zod'
import { edit } from '../access/permission.ts'
import { newId } from '../kernel/entity.ts'
import { DomainError } from '../kernel/errors.ts'
import { command, type Work } from '../kernel/operation.ts'
import { ifMatch, refuseStale } from '../kernel/version.ts'
import { ChannelSubject, Conversation, type ConversationSeen, mayTend, seenOf, tellChanged } from './conversation.ts'

/** What a channel is called: one line, 1 to 80 characters; once among the open channels of its subject, whatever the case. */
const ChannelName = z
  .string()
  .trim()
  .min(1)
  .max(80)
  .regex(/^[^\p{Cc}\p{Zl}\p{Zp}]*$/u, 'takes one line')

/** A space or a venture has at most so many channels, archived ones too. */
const mostChannels = 500

function make(work: Work, told: { id: string; subject: string; name: string; general: boolean }): Conversation {
  const begun = { people: null, head: 0, saidAt: work.now, archivedAt: null, version: 1 }
  const channel = work.em.create(Conversation, { ...told, ...begun })
  work.em.persist(channel)
  return channel
}

/**
 * Makes the channel that comes with a space or a venture, and has its id: all who may read the one may read the other.
 * @param subject `space:<id>` or `venture:<id>`, just made
 */
export function createGeneral(work: Work, subject: string): void {
  make(work, { id: subject.split(':')[1] as string, subject, name: 'general', general: true })
}

/** @throws DomainError conflict when an open channel of the subject is called so */
export const createChannel = command('messaging.createChannel', {
  input: { subject: ChannelSubject, name: ChannelName },
  may: edit(({ subject }) => subject),
  async does(work, { subject, name }): Promise<ConversationSeen> {
    if ((await work.em.count(Conversation, { subject })) >= mostChannels)
      throw new DomainError('conflict', `There are at most ${mostChannels} channels in one place.`)
    const channel = make(work, { id: newId(), subject, name, general: false })
    tellChanged(work, channel)
    await work.em.flush()
    return seenOf(work, channel.id)
  },
})

/**
 * Renames a channel, archives it (it can be read, and takes no messages) or opens it again.
 * @throws DomainError conflict for the general channel, which stays as it is; forbidden for a direct conversation
 */
export const updateChannel = command('messaging.updateChannel', {
  input: { conversationId: z.uuid(), name: ChannelName.optional(), archived: z.boolean().optional(), ifMatch },
  may: mayTend,
  async does(work, { conversationId, name, archived, ifMatch }): Promise<ConversationSeen> {
    const channel = await work.em.findOneOrFail(Conversation, conversationId)
    if (!channel.subject) throw new DomainError('forbidden', 'A direct conversation has no name, and is not archived.')
    if (channel.general) throw new DomainError('conflict', 'The general channel keeps its name, and is not archived.')
    refuseStale(channel, ifMatch)
    if (name !== undefined) channel.name = name
    if (archived !== undefined) channel.archivedAt = archived ? (channel.archivedAt ?? work.now) : null
    tellChanged(work, channel)
    await work.em.flush()
    return seenOf(work, channel.id)
  },
})
