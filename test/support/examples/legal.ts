import type { Example } from '../subject-examples.ts'

const content = { type: 'doc', content: [{ type: 'paragraph', content: [{ type: 'text', text: 'Words' }] }] }

export const examples: Record<string, Example> = {
  legal: { path: '/legal/documents', create: { title: 'Draft' }, change: { title: 'New' } },
  clause: { path: '/legal/clauses', create: { name: 'Clause', content }, change: { name: 'New' } },
}
