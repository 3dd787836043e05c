/** All endpoints. When two paths match a request, the first one is used. */
import { audit } from './audit.ts'
import { auth } from './auth.ts'
import { authority } from './authority.ts'
import { boards } from './board.ts'
import { clauses } from './clauses.ts'
import { comments } from './comments.ts'
import { compliances } from './compliance.ts'
import { deliveries } from './deliveries.ts'
import { documents } from './documents.ts'
import { events } from './events.ts'
import { exports } from './exports.ts'
import { history } from './history.ts'
import { imports } from './imports.ts'
import { inbox, inboxes } from './inbox.ts'
import { legal } from './legal.ts'
import { visits } from './visits.ts'
import { messaging } from './messaging.ts'
import { ownership } from './ownership.ts'
import { plans } from './plan.ts'
import { preferences } from './preferences.ts'
import { push } from './push.ts'
import { signing } from './signing.ts'
import { reviews } from './review.ts'
import { spaces } from './spaces.ts'
import { stateMachines } from './state-machines.ts'
import { suggestions } from './suggestions.ts'
import { templates } from './templates.ts'
import { unsubscribeLinks } from './unsubscribe.ts'
import { users } from './users.ts'
import { verification } from './verification.ts'
import { ventures } from './ventures.ts'
import { webhooks } from './webhooks.ts'
import { websocket } from './websocket.ts'

export const endpoints = [
  ...auth,
  ...users,
  ...ownership,
  ...documents,
  ...history,
  ...visits,
  ...ventures,
  ...spaces,
  ...stateMachines,
  ...compliances,
  ...legal,
  ...reviews,
  ...authority,
  ...signing,
  ...templates,
  ...clauses,
  ...comments,
  ...suggestions,
  ...plans,
  ...boards,
  ...exports,
  ...imports,
  ...events,
  ...messaging,
  ...websocket,
  ...verification,
  ...webhooks,
  ...deliveries,
  ...push,
  ...audit,
  ...unsubscribeLinks,
  ...preferences,
  ...inbox,
  ...inboxes,
]
