import { defineSlice } from '../kernel/manifest/define-slice.ts'
import { titlesFrom } from '../kernel/manifest/registry.ts'
import { inApp, inAppAndEmail } from '../kernel/manifest/notification.ts'
import { VentureChanged } from './events.ts'
import { buildVentureNotifications } from './notifications.ts'
import { planSections } from './plan.ts'
import { Venture } from './venture.ts'

const titles = titlesFrom(Venture, 'name')
/** A venture is shown by its plan. */
const link = (id: string, search: string) => `/documents/plan:${id}${search && `?view=text&${search}`}`

export const ventures = defineSlice({
  name: 'ventures',
  description: 'Ventures and their plans.',
  entities: [Venture],
  subjects: {
    venture: { titles, link, watchable: true, channels: true },
    plan: { titles, link, watchable: true, partOf: 'venture' },
  },
  notifications: {
    'venture.created': { category: 'venture', priority: 'medium', channels: inAppAndEmail, reserved: true },
    'venture.updated': {
      category: 'venture',
      priority: 'medium',
      channels: inApp,
      group: { name: 'venture', words: 'changes of' },
      on: VentureChanged,
      build: buildVentureNotifications,
    },
    'goal.completed': { category: 'venture', priority: 'high', channels: inApp, reserved: true },
  },
  documents: { plan: { sections: planSections } },
})
