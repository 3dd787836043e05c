/** The notification types that slices declare, and lists derived from them. */
import { z } from 'zod'
import type { EventKind } from '../kernel/events/event.ts'
import type { NotificationChannel, NotificationGroup, NotificationType } from '../kernel/manifest/notification.ts'
import { registeredSlices } from '../kernel/manifest/registry.ts'

/** Channels by which a person is notified. Webhooks notify programs. */
export const notificationChannels = ['in_app', 'email', 'push'] as const satisfies readonly NotificationChannel[]

let declared: ReadonlyMap<string, NotificationType> | undefined

/** Every type by its name, in the order of the slices. */
export const notificationTypes = (): ReadonlyMap<string, NotificationType> =>
  (declared ??= new Map(registeredSlices().flatMap(({ notifications }) => Object.entries(notifications))))

/** @throws Error for a type that no slice declares */
export function notificationType(name: string): NotificationType {
  const type = notificationTypes().get(name)
  if (!type) throw new Error(`No slice declares the notification type ${name}.`)
  return type
}

export const categories = (): string[] => [...new Set([...notificationTypes().values()].map(({ category }) => category))]

export const groups = (): Map<string, NotificationGroup> =>
  new Map([...notificationTypes().values()].flatMap(({ group }) => (group ? [[group.name, group]] : [])))

export const NotificationTypeName = z.lazy(() => z.enum([...notificationTypes().keys()]))
export const CategoryName = z.lazy(() => z.enum(categories()))

/** A record with a value for each category. */
export const mapCategories = <T>(make: (category: string) => T): Record<string, T> =>
  Object.fromEntries(categories().map((category) => [category, make(category)]))

/** The builders of an event's notifications, each once. */
export const findBuilders = (event: string) =>
  [...notificationTypes().values()].filter(
    (type, place, all) =>
      'build' in type &&
      type.on.name === event &&
      all.findIndex((other) => 'build' in other && other.build === type.build && other.on.name === event) === place,
  ) as Extract<NotificationType, { build: unknown }>[]

export const findUpdates = (event: string) =>
  registeredSlices().flatMap(({ notificationUpdates }) => notificationUpdates.filter(({ on }) => on.name === event))

/** The events that notify people, or change earlier notifications. */
export function listNotifyingEvents(): EventKind<unknown>[] {
  const built = [...notificationTypes().values()].flatMap((type) => ('build' in type ? [type.on] : []))
  const updating = registeredSlices().flatMap(({ notificationUpdates }) => notificationUpdates.map(({ on }) => on))
  return [...new Set([...built, ...updating])]
}

/** Type names that older clients send, with the types that replaced them. */
export const legacyTypeNames: Record<string, string> = {
  TEAM_INVITATION: 'team.invitation',
  DOCUMENT_SIGNED: 'legal.document.signed',
  GOAL_COMPLETED: 'goal.completed',
  REVENUE_DISTRIBUTED: 'revenue.share.completed',
  ACHIEVEMENT_EARNED: 'achievement.earned',
  GENERAL: 'general',
}
