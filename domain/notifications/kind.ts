/** Kinds of notifications: what each is worth, by which ways it goes out when nobody chose, and with what it is put together. */
import type { Channel } from './delivery.ts'

/** Ways by which a person is reached. A webhook reaches programs. */
export const media = ['in_app', 'email', 'push'] as const satisfies readonly Channel[]
export type Medium = (typeof media)[number]

/** smartstart-facts 1.10, and one for each way in which people work together here. */
export const categories = [
  'system',
  'team',
  'mention',
  'comment',
  'suggestion',
  'document',
  'message',
  'venture',
  'legal',
  'buz',
  'payment',
  'subscription',
  'revenue',
] as const
export type Category = (typeof categories)[number]

/** smartstart-facts 1.10 has two ladders, LOW to URGENT and low to high: this is both. */
export const priorities = ['low', 'medium', 'high', 'urgent'] as const
export type Priority = (typeof priorities)[number]

export interface Kind {
  category: Category
  priority: Priority
  /** Where nobody chose otherwise. */
  channels: readonly Medium[]
  /** Goes out by all its ways at once, whatever was chosen. */
  critical?: true
  /** With what it is put together, about one subject; absent: with its own kind. */
  group?: keyof typeof groups
}

/** What is put together about one subject, said of several: "5 comments in NDA Acme". */
export const groups = {
  mentions: 'mentions of you in',
  comments: 'comments in',
  suggestions: 'suggestions in',
  decisions: 'decisions on your suggestions in',
  versions: 'named versions of',
  access: 'changes of your access to',
  messages: 'messages in',
  venture: 'changes of',
} as const

const here = ['in_app'] as const
const mailed = ['in_app', 'email'] as const
const everywhere = ['in_app', 'email', 'push'] as const

/**
 * Every kind there is. Those of ventures, tokens, payments, subscriptions, signatures and revenue are of smartstart-facts 1.10, with its
 * priorities and channels; as long as nothing here gives rise to one, it is sent by `POST /api/notifications/send`.
 */
export const kinds = {
  general: { category: 'system', priority: 'medium', channels: here },
  'user.welcome': { category: 'system', priority: 'low', channels: mailed },
  'system.maintenance': { category: 'system', priority: 'high', channels: everywhere, critical: true },
  'security.alert': { category: 'system', priority: 'urgent', channels: everywhere, critical: true },
  'team.invitation': { category: 'team', priority: 'high', channels: everywhere, group: 'access' },
  'team.role-changed': { category: 'team', priority: 'medium', channels: here, group: 'access' },
  'team.access-ended': { category: 'team', priority: 'medium', channels: mailed, group: 'access' },
  'comment.mentioned': { category: 'mention', priority: 'high', channels: everywhere, group: 'mentions' },
  'comment.created': { category: 'comment', priority: 'medium', channels: mailed, group: 'comments' },
  'comment.replied': { category: 'comment', priority: 'medium', channels: mailed, group: 'comments' },
  'comment.resolved': { category: 'comment', priority: 'low', channels: here, group: 'comments' },
  'suggestion.made': { category: 'suggestion', priority: 'medium', channels: mailed, group: 'suggestions' },
  'suggestion.decided': { category: 'suggestion', priority: 'medium', channels: mailed, group: 'decisions' },
  'version.named': { category: 'document', priority: 'low', channels: here, group: 'versions' },
  'message.direct': { category: 'message', priority: 'high', channels: everywhere, group: 'messages' },
  'message.mentioned': { category: 'mention', priority: 'high', channels: everywhere, group: 'mentions' },
  'message.replied': { category: 'message', priority: 'low', channels: here, group: 'messages' },
  'venture.created': { category: 'venture', priority: 'medium', channels: mailed },
  'venture.updated': { category: 'venture', priority: 'medium', channels: here, group: 'venture' },
  'goal.completed': { category: 'venture', priority: 'high', channels: here },
  'achievement.earned': { category: 'venture', priority: 'medium', channels: here },
  'buz.transaction': { category: 'buz', priority: 'medium', channels: here },
  'payment.succeeded': { category: 'payment', priority: 'high', channels: mailed },
  'payment.failed': { category: 'payment', priority: 'high', channels: mailed },
  'subscription.created': { category: 'subscription', priority: 'medium', channels: mailed },
  'subscription.cancelled': { category: 'subscription', priority: 'medium', channels: mailed },
  'legal.document.signed': { category: 'legal', priority: 'high', channels: mailed },
  'revenue.share.completed': { category: 'revenue', priority: 'high', channels: mailed },
} as const satisfies Record<string, Kind>

export type KindName = keyof typeof kinds
export const kindNames = Object.keys(kinds) as [KindName, ...KindName[]]
export const kindOf = (name: KindName): Kind => kinds[name]

/** The names that SmartStart's frontends know (smartstart-facts 1.10), as the kinds that they are here. */
export const formerNames: Record<string, KindName> = {
  TEAM_INVITATION: 'team.invitation',
  DOCUMENT_SIGNED: 'legal.document.signed',
  GOAL_COMPLETED: 'goal.completed',
  REVENUE_DISTRIBUTED: 'revenue.share.completed',
  ACHIEVEMENT_EARNED: 'achievement.earned',
  GENERAL: 'general',
}
