/** Notifications of parties with an account and of the owners of the document. */
import type { PublishedEvent } from '../kernel/events/event.ts'
import type { NotificationBuilder, NotificationContext } from '../kernel/manifest/notification.ts'
import { Envelope, envelopeSubject } from './envelope.ts'
import { EnvelopeCompleted, EnvelopeDeclined, EnvelopeExpired, EnvelopeVoided, PartyReminded } from './events.ts'
import { Party } from './party.ts'

type Type =
  | 'signing.requested'
  | 'signing.reminded'
  | 'signing.progress'
  | 'legal.document.signed'
  | 'signing.declined'
  | 'signing.voided'
  | 'signing.expired'

async function readEvent({ work }: NotificationContext, { data }: PublishedEvent) {
  const { envelopeId, partyId } = data as { envelopeId: string; partyId?: string }
  const envelope = await work.em.findOne(Envelope, envelopeId)
  const parties = envelope ? await work.em.find(Party, { envelope: envelopeId }) : []
  return { envelope, parties, party: parties.find(({ id }) => id === partyId) }
}

const payload = (context: NotificationContext, envelope: Envelope) => ({
  envelopeId: envelope.id,
  documentName: `legal:${envelope.document}`,
  link: context.linkTo(envelopeSubject(envelope)),
})

/** It is a party's turn, or they are reminded. */
export const buildRequestNotifications: NotificationBuilder<Type> = async (context, event) => {
  const { envelope, party } = await readEvent(context, event)
  if (!envelope || !party?.userId) return []
  const verb = { signer: 'sign', witness: 'witness', approver: 'approve', copy: 'read' }[party.role]
  const reminds = event.event === PartyReminded.name
  const sender = await context.nameOf(envelope.createdBy)
  return [
    {
      userId: party.userId,
      type: reminds ? 'signing.reminded' : 'signing.requested',
      title: `${reminds ? 'Reminder: ' : ''}${sender} asks you to ${verb} ${envelope.title}`,
      message: envelope.message,
      data: payload(context, envelope),
      subject: envelopeSubject(envelope),
      actorId: envelope.createdBy,
    },
  ]
}

/** The sender learns of each act. */
export const buildProgressNotifications: NotificationBuilder<Type> = async (context, event) => {
  const { envelope, party } = await readEvent(context, event)
  if (!envelope || !party || event.actor === envelope.createdBy) return []
  const verb = party.state === 'approved' ? 'approved' : party.role === 'witness' ? 'witnessed' : 'signed'
  return [
    {
      userId: envelope.createdBy,
      type: 'signing.progress',
      title: `${party.name} ${verb} ${envelope.title}`,
      message: '',
      data: payload(context, envelope),
      subject: envelopeSubject(envelope),
      actorId: party.userId ?? null,
    },
  ]
}

const endings: Record<string, { type: Type; words: string }> = {
  [EnvelopeCompleted.name]: { type: 'legal.document.signed', words: 'is signed by everybody' },
  [EnvelopeDeclined.name]: { type: 'signing.declined', words: 'was declined' },
  [EnvelopeVoided.name]: { type: 'signing.voided', words: 'was voided' },
  [EnvelopeExpired.name]: { type: 'signing.expired', words: 'has expired' },
}

/** The sender and the parties who were told of it before learn how an envelope ended. */
export const buildEndNotifications: NotificationBuilder<Type> = async (context, event) => {
  const { envelope, parties } = await readEvent(context, event)
  const ending = endings[event.event]
  if (!envelope || !ending) return []
  const told = parties.filter(({ notifiedAt }) => notifiedAt).map(({ userId }) => userId)
  const completed = event.event === EnvelopeCompleted.name
  return [...new Set([envelope.createdBy, ...told])]
    .filter((userId): userId is string => typeof userId === 'string' && (completed || userId !== event.actor))
    .map((userId) => ({
      userId,
      type: ending.type,
      title: `${envelope.title} ${ending.words}`,
      message: envelope.endReason ?? '',
      data: payload(context, envelope),
      subject: envelopeSubject(envelope),
      actorId: event.actor,
    }))
}
