import { onEvent } from '../kernel/manifest/background-work.ts'
import { defineSlice } from '../kernel/manifest/define-slice.ts'
import { inAppAndEmail } from '../kernel/manifest/notification.ts'
import { buildSuggestionNotifications } from './notifications.ts'
import { applyPendingDecisions } from './decide.ts'
import { SuggestionChanged, SuggestionDecided } from './events.ts'

const notified = {
  category: 'suggestion',
  priority: 'medium',
  channels: inAppAndEmail,
  on: SuggestionChanged,
  build: buildSuggestionNotifications,
} as const

export const suggestions = defineSlice({
  name: 'suggestions',
  description: 'Suggested changes of documents.',
  tables: ['suggestion'],
  notifications: {
    'suggestion.made': { ...notified, group: { name: 'suggestions', words: 'suggestions in' } },
    'suggestion.decided': { ...notified, group: { name: 'decisions', words: 'decisions on your suggestions in' } },
  },
  handlers: [onEvent([SuggestionDecided], applyPendingDecisions)],
  staleQueries: [SuggestionChanged, SuggestionDecided].map((on) => ({ on, keys: [['suggestions', '$subject']] })),
})
