import { defineSlice } from '../kernel/manifest/define-slice.ts'

export const workflows = defineSlice({ name: 'workflows', description: 'State machines: what may happen next, and what happened.' })
