import { z } from 'zod'
import { event } from '../kernel/events/event.ts'
import { defineHook, type InTransaction } from '../kernel/manifest/hook.ts'

export const UserCreated = event('user.created', { userId: z.uuid(), name: z.string() })
/** `formerName` is present only where the account was deleted. */
export const UserChanged = event('user.changed', {
  userId: z.uuid(),
  name: z.string(),
  status: z.string(),
  formerName: z.string().optional(),
})

/** An account is about to be deleted: other slices take away what the person holds, or refuse, in the same transaction. */
export const UserDeleted = defineHook<InTransaction<{ userId: string }>>('users.user-deleted')

/** A person is about to take an action, as `create-venture`: other slices may refuse it, in the same transaction. */
export const PersonActing = defineHook<InTransaction<{ userId: string; action: string }>>('users.person-acting')
