import type { Example } from '../subject-examples.ts'

export const examples: Record<string, Example> = {
  venture: { path: '/ventures', create: { name: 'Venture' }, change: { name: 'New' } },
}
