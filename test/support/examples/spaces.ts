import type { Example } from '../subject-examples.ts'

export const examples: Record<string, Example> = {
  space: { path: '/spaces', create: { name: 'Space' }, change: { name: 'New' } },
}
