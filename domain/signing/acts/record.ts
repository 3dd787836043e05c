/** What the audit chain records of acts: facts in its rows, personal data beside them. */
import { z } from 'zod'
import { appendAudit } from '../../audit/append.ts'
import type { CommandContext } from '../../kernel/operation.ts'
import { documentSubject, type Envelope, envelopeSubject } from '../envelope.ts'
import type { Party } from '../party.ts'

/** The network address and the browser of a request. They come from the server, never from the body. */
export const RequestOrigin = { address: z.string().max(100).optional(), userAgent: z.string().max(1000).optional() }
export interface RequestOrigin {
  address?: string | undefined
  userAgent?: string | undefined
}

/** How an actor was authenticated, in words that the certificate shows. */
export const describeAuthentication = ({ actor }: CommandContext): string =>
  actor.kind === 'link' ? 'link and code by e-mail' : 'account session'

/** A party's name and address, as personal data of a row. */
export const describeParty = ({ id, name, email }: Party): Record<string, string> => ({ [`${id}.name`]: name, [`${id}.email`]: email })

/** The time of an act: never before the acts that it follows, although the clock was set back. */
export function timeOfAct(work: CommandContext, { sentAt }: Envelope, parties: readonly Party[]): Date {
  const earlier = [sentAt, ...parties.flatMap(({ viewedAt, actedAt }) => [viewedAt, actedAt])].map((date) => date?.getTime() ?? 0)
  return new Date(Math.max(work.now.getTime(), ...earlier))
}

/** Appends a party's act to the audit chain. @param data without personal data */
export const recordAct = (
  work: CommandContext,
  action: string,
  { envelope, party, origin }: { envelope: Envelope; party: Party; origin: RequestOrigin },
  data: Record<string, unknown>,
  personal: Record<string, string> = {},
): Promise<{ position: number; hash: string }> =>
  appendAudit(work, {
    action,
    subject: envelopeSubject(envelope),
    data: {
      document: documentSubject(envelope),
      partyId: party.id,
      role: party.role,
      method: describeAuthentication(work),
      contentHash: envelope.contentHash as string,
      seq: envelope.seq as number,
      ...data,
    },
    personal: {
      name: party.name,
      email: party.email,
      ...(origin.address && { address: origin.address }),
      ...(origin.userAgent && { userAgent: origin.userAgent }),
      ...personal,
    },
  })
