/** Table of contents: the slices in order, with their entities, reactions and chores. */
import { Grant, Subject } from './access/grant.ts'
import { SignInAttempts } from './auth/lockout.ts'
import { Credential } from './auth/password.ts'
import { forgetOldSessions, RefreshToken, Session } from './auth/session.ts'
import { Document } from './documents/document.ts'
import { EventRow } from './kernel/events.ts'
import { forgetOldKeys, IdempotencyRow } from './kernel/idempotency.ts'
import type { Reaction } from './kernel/jobs.ts'
import { Draft } from './legal/draft.ts'
import { Space } from './spaces/space.ts'
import { User } from './users/user.ts'
import { Venture } from './ventures/venture.ts'

/** Slices, left to right: each may look to its left, and read anybody's `events.ts`. */
export const slices = [
  'kernel',
  'access',
  'users',
  'auth',
  'documents',
  'files',
  'workflows',
  'messaging',
  'notifications',
  'tokens',
  'ventures',
  'spaces',
  'legal',
  'umbrella',
  'opportunities',
  'gamification',
  'billing',
  'intelligence',
  'search',
  'analytics',
] as const

export const entities = [
  EventRow,
  IdempotencyRow,
  Subject,
  Grant,
  User,
  Credential,
  SignInAttempts,
  Session,
  RefreshToken,
  Document,
  Venture,
  Space,
  Draft,
]

export const reactions: Reaction[] = []

/** Operations that SmartStart asks of itself, by the clock (cron, UTC). */
export const chores = [
  { name: 'auth.forgetOldSessions', at: '17 3 * * *', operation: forgetOldSessions },
  { name: 'kernel.forgetOldKeys', at: '7 * * * *', operation: forgetOldKeys },
] as const
